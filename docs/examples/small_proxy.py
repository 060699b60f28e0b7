import httpx
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import StreamingResponse
from starlette.routing import Route

from mistral_sanitize.adapters.asgi import SanitizeMiddleware

client = httpx.AsyncClient(base_url="https://api.mistral.ai", timeout=600)


async def forward(request):
    key = request.headers.get("authorization", "")
    headers = {"authorization": key, "content-type": "application/json"}
    body = await request.body()  # the middleware has sanitized it
    sent = client.build_request("POST", request.url.path, headers=headers, content=body)
    response = await client.send(sent, stream=True)
    kind, close = response.headers["content-type"], BackgroundTask(response.aclose)
    return StreamingResponse(response.aiter_bytes(), response.status_code, None, kind, close)


app = SanitizeMiddleware(Starlette(routes=[Route("/{path:path}", forward, methods=["POST"])]))
