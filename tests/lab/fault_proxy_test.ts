import { assert, assertEquals, assertRejects } from "@std/assert";
import { type FaultProxy, startFaultProxy } from "./fault_proxy.ts";

/** A real server, and a proxy before it. The server answers with what it was asked and 1,000 bytes more. */
async function withProxy(fn: (proxy: FaultProxy) => Promise<void>) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const text = `${request.method} ${new URL(request.url).pathname} ${request.headers.get("host")} ${await request
      .text()}|`;
    return new Response(text + "x".repeat(1000));
  });
  const proxy = await startFaultProxy(`http://127.0.0.1:${server.addr.port}`);
  try {
    await fn(proxy);
  } finally {
    await proxy[Symbol.asyncDispose]();
    await server.shutdown();
  }
}

async function ask(proxy: FaultProxy, path = "/a", init: RequestInit = {}): Promise<string> {
  const response = await fetch(`${proxy.url}${path}`, { signal: AbortSignal.timeout(5000), ...init });
  return `${response.status} ${(await response.text()).split("|")[0]}`;
}

Deno.test("startFaultProxy() passes requests on as they came when nothing is injected", async () => {
  await withProxy(async (proxy) => {
    const host = new URL(proxy.url).host;
    assertEquals(await ask(proxy), `200 GET /a ${host} `);
    const body = "b".repeat(300_000);
    assertEquals(await ask(proxy, "/b?c", { method: "PUT", body }), `200 PUT /b ${host} ${body}`);
    assertEquals(proxy.requests, [{ method: "GET", path: "/a" }, { method: "PUT", path: "/b?c" }]);
  });
});

Deno.test("inject() breaks only the requests that the matcher names, and only so many times", async () => {
  await withProxy(async (proxy) => {
    proxy.inject({ kind: "status", status: 503, body: "tired|" }, ({ method }) => method === "PUT", 1);
    assertEquals((await ask(proxy)).slice(0, 3), "200");
    assertEquals(await ask(proxy, "/a", { method: "PUT", body: "b".repeat(300_000) }), "503 tired");
    assertEquals((await ask(proxy, "/a", { method: "PUT" })).slice(0, 3), "200");
    assertEquals(proxy.requests.map(({ fault }) => fault), [undefined, "status", undefined]);
  });
});

Deno.test("inject() of reset makes the client see a reset", async () => {
  await withProxy(async (proxy) => {
    proxy.inject({ kind: "reset" });
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(proxy.url).port) });
    await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    await assertRejects(() => connection.read(new Uint8Array(9)), Deno.errors.ConnectionReset);
    connection.close();
  });
});

Deno.test("inject() of hang leaves the client waiting, though the connection stands", async () => {
  await withProxy(async (proxy) => {
    proxy.inject({ kind: "hang" });
    await assertRejects(() => ask(proxy, "/a", { signal: AbortSignal.timeout(300) }), DOMException, "timeout");
    assertEquals(proxy.requests, [{ method: "GET", path: "/a", fault: "hang" }]);
  });
});

Deno.test("inject() of slow answers, but later", async () => {
  await withProxy(async (proxy) => {
    proxy.inject({ kind: "slow", ms: 300 });
    const began = performance.now();
    assertEquals((await ask(proxy, "/a", { method: "PUT", body: "c" })).slice(-1), "c");
    assert(performance.now() - began >= 300);
  });
});

Deno.test("inject() of cut sends the head, and half of the body that it promises", async () => {
  await withProxy(async (proxy) => {
    proxy.inject({ kind: "cut" });
    const response = await fetch(`${proxy.url}/a`);
    assertEquals(response.status, 200);
    const promised = Number(response.headers.get("content-length"));
    let got = 0;
    const error = await (async () => {
      for await (const chunk of response.body!) got += chunk.length;
    })().then(() => undefined, (error: Error) => error);
    assert(error, "the client took half a body for a whole one");
    assertEquals(got, Math.floor(promised / 2));
  });
});

Deno.test("refuse() refuses connections until heal(), at the same address", async () => {
  await withProxy(async (proxy) => {
    const url = proxy.url;
    proxy.inject({ kind: "status", status: 503 });
    await proxy.refuse();
    const port = Number(new URL(url).port);
    await assertRejects(() => Deno.connect({ hostname: "127.0.0.1", port }), Deno.errors.ConnectionRefused);
    await proxy.heal();
    assertEquals((await ask(proxy)).slice(0, 3), "200");
    assertEquals(proxy.url, url);
  });
});

Deno.test("a proxy before a server that is gone resets, and does not fall over", async () => {
  await using proxy = await startFaultProxy("http://127.0.0.1:1");
  await assertRejects(() => ask(proxy), TypeError);
  await assertRejects(() => ask(proxy), TypeError);
});
