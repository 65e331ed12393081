"""Headers of every answer: what browsers may do with it, and who may read it."""

from __future__ import annotations

from kg.web.http.limits import LIMITS_HEADER, REACHED_HEADER

PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""Of a page."""
DATA_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
"""Of anything else, which loads nothing and leads nowhere."""
CORS_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": ", ".join(
        [
            *("Link", "ETag", "Last-Modified", "Location", "Content-Location"),
            *("Retry-After", "X-Request-Id", LIMITS_HEADER, REACHED_HEADER),
        ]
    ),
}
PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type",
    "Access-Control-Max-Age": "86400",
}
