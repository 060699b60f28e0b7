"""What Cloudflare calls. All that the Worker does is in `worker`, which runs without Cloudflare."""

from worker import handle
from workers import WorkerEntrypoint


class Default(WorkerEntrypoint):
    async def fetch(self, request):
        return await handle(request.js_object, self.env.UPSTREAM)
