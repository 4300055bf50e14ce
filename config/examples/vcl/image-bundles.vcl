# Image bundles for machines inside of a cloud, as a site had them in Varnish. What it becomes here
# is ../image-bundles.yaml.
vcl 4.1;

import std;

backend walrus {
    .host = "10.1.0.2";
    .port = "8773";
}

acl cloud {
    "10.0.0.0"/8;
    "172.16.0.0"/12;
}

sub vcl_recv {
    # Before anything is looked up, and in each branch that somebody adds later.
    if (client.ip !~ cloud) {
        return (synth(403));
    }
    if (req.url !~ "^/images/[^/]+\.(manifest\.xml|part\.[^/]+)$") {
        return (synth(404));
    }
    set req.url = regsub(req.url, "^/images/", "/services/Walrus/centos-images/");
    return (hash);
}

sub vcl_backend_response {
    if (bereq.url ~ "\.manifest\.xml$") {
        set beresp.ttl = 60s;
        set beresp.grace = 10m;
        set beresp.keep = 7d;
    } else {
        set beresp.ttl = 30d;
        set beresp.grace = 7d;
        set beresp.keep = 365d;
        # For xkey: all parts of an image at once.
        set beresp.http.xkey = "image-" +
            regsub(bereq.url, "^.*/([^/]+)\.part\.[^/]+$", "\1");
    }
    # -s default=malloc,512m -s big=file,/var/cache/varnish,40g
    if (std.integer(beresp.http.content-length, 0) > 67108864) {
        set beresp.storage = storage.s0;
    }
}
