// What npm's clients for OpenAI make of completions: node completions.mjs URL, from a folder where
// `npm install openai ai @ai-sdk/openai zod` has run. Prints one JSON object, by client.

import { createOpenAI } from "@ai-sdk/openai";
import { generateText, streamText, tool } from "ai";
import OpenAI from "openai";
import { z } from "zod";

const baseURL = process.argv[2];
const model = "mistral-small-latest";
const messages = [{ role: "user", content: "Is it?" }];
const parameters = { type: "object", properties: { place: { type: "string" } } };
const tools = [{ type: "function", function: { name: "find", parameters } }];
const openai = new OpenAI({ baseURL, apiKey: "any", maxRetries: 0 });
const aiModel = createOpenAI({ baseURL, apiKey: "any" }).chat(model);
const aiTools = { find: tool({ inputSchema: z.object({ place: z.string() }) }) };
const ai = { model: aiModel, prompt: "Is it?", tools: aiTools, maxRetries: 0, onError: () => {} };

const said = (message) => ({
  text: message.content ?? "",
  thinking: message.reasoning_content ?? "",
  calls: (message.tool_calls ?? []).map((c) => [c.function.name, JSON.parse(c.function.arguments)]),
});

const aiSaid = (text, calls) => ({
  text,
  calls: calls.map((call) => [call.toolName, call.input]),
});

const clients = {
  async openai() {
    const completion = await openai.chat.completions.create({ model, messages, tools });
    return said(completion.choices[0].message);
  },
  async openaiStream() {
    const stream = openai.chat.completions.stream({ model, messages, tools });
    return said((await stream.finalChatCompletion()).choices[0].message);
  },
  async ai() {
    const result = await generateText(ai);
    return aiSaid(result.text, result.toolCalls);
  },
  async aiStream() {
    let text = "";
    const calls = [];
    for await (const part of streamText(ai).fullStream) {
      if (part.type === "error") throw part.error;
      if (part.type === "text-delta") text += part.text;
      if (part.type === "tool-call") calls.push(part);
    }
    return aiSaid(text, calls);
  },
};

const results = {};
for (const [name, run] of Object.entries(clients)) {
  try {
    results[name] = await run();
  } catch (error) {
    results[name] = { error: String(error?.name ?? error) };
  }
}
console.log(JSON.stringify(results));
