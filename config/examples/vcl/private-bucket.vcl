# A bucket for the people of one company, as a site had it in Varnish. What it becomes here is
# ../private-bucket.yaml.
vcl 4.1;

import std;

backend walrus {
    .host = "10.1.0.2";
    .port = "8773";
}

acl office {
    "10.0.0.0"/8;
    ! "10.66.0.0"/16;
}

acl balancer {
    "10.0.0.5";
}

sub vcl_recv {
    if (req.http.host != "files.eng.example.org") {
        return (synth(404));
    }
    # The last address that the load balancer wrote; anybody can write the others.
    if (client.ip ~ balancer) {
        set req.http.x-client = regsub(req.http.x-forwarded-for, "^.*,\s*", "");
    } else {
        set req.http.x-client = client.ip;
    }
    if (std.ip(req.http.x-client, "0.0.0.0") !~ office) {
        return (synth(403));
    }
    # base64 of alice:wonderland, in plain sight of everybody who may read this file.
    if (req.http.authorization != "Basic YWxpY2U6d29uZGVybGFuZA==") {
        return (synth(401));
    }
    unset req.http.authorization;
    set req.url = "/services/Walrus/eng-private" + regsub(req.url, "\?.*$", "");
    return (hash);
}

sub vcl_backend_response {
    set beresp.ttl = 1h;
    set beresp.grace = 10m;
    set beresp.keep = 24h;
    if (beresp.status == 404) {
        set beresp.ttl = 10s;
    }
}

sub vcl_deliver {
    set resp.http.cache-control = "private, max-age=0, must-revalidate";
}

sub vcl_synth {
    if (resp.status == 401) {
        set resp.http.www-authenticate = "Basic realm=" + {"""} + "Engineering" + {"""};
    }
}
