// Composes the subgraph of Serai with reviews.graphql, and asks a query that needs both:
// node across.mjs SDL_FILE URL TOKEN QUERY -> {"hints": [...], "answer": {...}, "fetches": [...]}
import { readFileSync } from "node:fs";
import { composeServices } from "@apollo/composition";
import { ApolloGateway, LocalGraphQLDataSource, RemoteGraphQLDataSource } from "@apollo/gateway";
import { buildSubgraphSchema } from "@apollo/subgraph";
import { parse } from "graphql";

const [file, url, token, query] = process.argv.slice(2);
const reviews = parse(readFileSync(new URL("reviews.graphql", import.meta.url), "utf8"));
const composed = composeServices([
  { name: "serai", url, typeDefs: parse(readFileSync(file, "utf8")) },
  { name: "reviews", url: "http://reviews.invalid/", typeDefs: reviews },
]);
if (composed.errors) {
  console.error(composed.errors.map((one) => one.message).join("\n"));
  process.exit(1);
}

// Whoever has an id has written one review, of as many stars as the last digit of the id says.
const stars = (id) => Number.parseInt(id.at(-1), 16);
const resolvers = {
  Customer: { reviews: ({ id }) => [{ id: `r-${id}`, stars: stars(id), author: { id } }] },
  Offer: { averageStars: ({ id }) => stars(id) },
};
const fetches = [];
const noted = (source, name) => {
  const sent = source.process.bind(source);
  source.process = (options) => {
    fetches.push([name, (options.request.variables?.representations ?? []).length]);
    return sent(options);
  };
  return source;
};
const gateway = new ApolloGateway({
  supergraphSdl: composed.supergraphSdl,
  buildService: ({ name }) =>
    name === "serai"
      ? noted(
          new RemoteGraphQLDataSource({
            url,
            willSendRequest: ({ request }) => {
              request.http.headers.set("authorization", `Bearer ${token}`);
              request.http.headers.set("accept", "application/json");
            },
          }),
          name,
        )
      : noted(new LocalGraphQLDataSource(buildSubgraphSchema({ typeDefs: reviews, resolvers })), name),
});
const { executor } = await gateway.load();
const document = parse(query);
const answer = await executor({
  document,
  request: { query },
  operationName: null,
  queryHash: "",
  context: {},
  cache: new Map(),
  logger: console,
  metrics: {},
  schema: gateway.schema,
});
const hints = (composed.hints ?? []).map((one) => one.message);
console.log(JSON.stringify({ hints, answer: { data: answer.data, errors: answer.errors }, fetches }));
await gateway.stop();
