"""A proxy in front of Mistral's API, on the web platform's own requests and responses.

The objects of `js` are the JavaScript ones, of Workers as of Node. The body of a response is handed
on as the stream that it is, so that events pass as they come and cost no time of the Worker's.
"""

from js import URL, Headers, Object, Response, fetch
from pyodide.ffi import JsException, to_js

from mistral_sanitize.body import AdapterOptions, ErrorResponse

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, Authorization",
    "Access-Control-Max-Age": "86400",
}
# A Worker has 128 MB for all its requests, the interpreter included.
HOOK = AdapterOptions(max_body_size=16 << 20)


async def handle(request, upstream):
    """Answer one request: CORS preflights here, everything else by asking `upstream`."""
    if request.method == "OPTIONS":  # a browser may send all the headers that it asks for
        asked = request.headers.get("access-control-request-headers")
        allowed = {"Access-Control-Allow-Headers": asked} if asked else {}
        return Response.new(None, as_object(status=204, headers=CORS | allowed))
    url = URL.new(request.url)
    headers = Headers.new(request.headers)
    headers.delete("host")
    exchange = HOOK.exchange(
        request.method, url.pathname, headers.get("content-type"), headers.get("content-encoding")
    )
    # "half": the body may still be on its way while the answer comes. Node insists on the word.
    options = {"method": request.method, "headers": headers, "redirect": "manual", "duplex": "half"}
    if exchange is not None:
        result = exchange.clean((await request.arrayBuffer()).to_bytes())
        error = exchange.too_large(len(result.body)) or result.error
        if error is not None:
            return refused(error)
        for name in result.stale_headers:  # fetch sets the length by itself
            headers.delete(name)
        options["body"] = to_js(result.body)
    elif request.body:
        options["body"] = request.body
    try:
        answer = await fetch(upstream + url.pathname + url.search, as_object(**options))
    except JsException:
        return refused(ErrorResponse(502, "Mistral's API could not be reached"))
    return with_cors(Response.new(answer.body, answer))


def refused(error):
    init = as_object(status=error.status, headers={"Content-Type": "application/json"})
    return with_cors(Response.new(error.body.decode(), init))


def with_cors(response):
    for name, value in CORS.items():
        response.headers.set(name, value)
    return response


def as_object(**options):
    """A plain JavaScript object, which `Response` and `fetch` want their options in."""
    return to_js(options, dict_converter=Object.fromEntries)
