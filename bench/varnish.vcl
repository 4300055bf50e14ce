vcl 4.1;

# Varnish with its built-in rules, and a field that says whether an answer was a hit.
# {{name}} is filled in by bench/competitors.ts.
backend default { .host = "127.0.0.1"; .port = "{{origin}}"; }

sub vcl_backend_response { set beresp.ttl = 1d; }

sub vcl_deliver {
  if (obj.hits > 0) { set resp.http.X-Cache = "HIT"; } else { set resp.http.X-Cache = "MISS"; }
}
