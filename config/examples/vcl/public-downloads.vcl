# Release tarballs out of a public bucket, as a site had them in Varnish. What it becomes here is
# ../public-downloads.yaml.
vcl 4.1;

backend walrus {
    .host = "10.1.0.2";
    .port = "8773";
    .connect_timeout = 2s;
    .first_byte_timeout = 15s;
    .between_bytes_timeout = 20s;
    .max_connections = 32;
    .probe = {
        .url = "/services/Walrus/eucalyptus-releases/";
        .interval = 10s;
        .window = 5;
        .threshold = 2;
    }
}

sub vcl_recv {
    if (req.method != "GET" && req.method != "HEAD") {
        return (synth(405));
    }
    # What is behind the question mark would make another object of it.
    set req.url = regsub(req.url, "\?.*$", "");
    if (req.url ~ "(?i)%2f|%5c|%00|\.\.|//") {
        return (synth(400));
    }
    if (req.url ~ "^/downloads/eucalyptus/latest/.") {
        return (synth(752, regsub(req.url, "/latest/", "/3.1/")));
    }
    if (req.http.host ~ "^(.+\.)?dl\.example\.org$" &&
        req.url ~ "^/downloads/eucalyptus/[^/]+/[^/]+\.(tgz|tar\.gz)$") {
        set req.http.x-kind = "tarball";
    } elsif (req.url ~ "^/downloads/eucalyptus/[^/]+/[^/]+\.(md5|sha256|asc)$") {
        set req.http.x-kind = "checksum";
    } elsif (req.url == "/catalog") {
        set req.http.x-kind = "catalog";
    } else {
        return (synth(404));
    }
    set req.url = regsub(req.url, "^(/downloads/eucalyptus)?/",
        "/services/Walrus/eucalyptus-releases/");
    unset req.http.cookie;
    return (hash);
}

sub vcl_hash {
    # Else each name of the host would keep its own copy.
    hash_data(req.url);
    return (lookup);
}

sub vcl_backend_response {
    if (beresp.status == 404) {
        set beresp.ttl = 30s;
        set beresp.grace = 0s;
    } elsif (bereq.http.x-kind == "tarball") {
        set beresp.ttl = 30d;
        set beresp.grace = 7d;
        set beresp.keep = 365d;
        set beresp.http.x-tag = "release-" +
            regsub(bereq.url, "^/services/Walrus/eucalyptus-releases/([^/]+)/.*", "\1");
    } else {
        set beresp.ttl = 60s;
        set beresp.grace = 10m;
        set beresp.keep = 7d;
    }
}

sub vcl_deliver {
    unset resp.http.server;
    unset resp.http.x-amz-request-id;
    unset resp.http.x-amz-id-2;
    if (req.http.x-kind == "tarball") {
        set resp.http.content-type = "application/gzip";
        set resp.http.content-disposition = "attachment; filename=" + {"""} +
            regsub(req.url, "^.*/", "") + {"""};
    } elsif (req.http.x-kind == "catalog") {
        set resp.http.content-type = "application/json";
    }
}

sub vcl_synth {
    if (resp.status == 752) {
        set resp.http.location = resp.reason;
        set resp.status = 302;
        return (deliver);
    }
}
