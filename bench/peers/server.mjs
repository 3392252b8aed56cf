// PostGraphile over the reference database: keyset paging, filters and aggregates; no rules, no tokens, no IDE.
// Says {"port": n} on standard output when it is ready, and ends when its input does.
import { createServer } from "node:http";

import pg from "pg";
import { grafserv } from "postgraphile/grafserv/node";
import { makePgService } from "postgraphile/adaptors/pg";
import { postgraphile } from "postgraphile";
import { makeJSONPgSmartTagsPlugin } from "postgraphile/utils";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { PostGraphileConnectionFilterPreset } from "postgraphile-plugin-connection-filter";
import { PgAggregatesPreset } from "@graphile/pg-aggregates";

const [connectionString, poolSize] = process.argv.slice(2);

// Only what is asked about: some other tables refer to themselves under names of which it makes two alike.
const ASKED = ["core_customer", "core_demand", "core_scenario", "core_transaction"];
const client = new pg.Client({ connectionString });
await client.connect();
const { rows } = await client.query("select tablename from pg_tables where schemaname = 'public'");
await client.end();
const others = rows.map((row) => row.tablename).filter((name) => !ASKED.includes(name));
const tags = Object.fromEntries(others.map((name) => [name, { tags: { behavior: "-*" } }]));

const preset = {
  extends: [PostGraphileAmberPreset, PostGraphileConnectionFilterPreset, PgAggregatesPreset],
  plugins: [makeJSONPgSmartTagsPlugin({ version: 1, config: { class: tags } })],
  pgServices: [
    makePgService({
      connectionString,
      schemas: ["public"],
      poolConfig: { max: Number(poolSize), options: "-c jit=off -c timezone=UTC" },
    }),
  ],
  // What has no index can be grouped by as well.
  disablePlugins: ["PgIndexBehaviorsPlugin"],
  grafserv: { graphiql: false, watch: false, graphqlPath: "/graphql" },
  grafast: { explain: false },
};

const instance = postgraphile(preset);
const server = createServer();
server.keepAliveTimeout = 65_000;
await instance.createServ(grafserv).addTo(server);
server.listen(0, "127.0.0.1", async () => {
  await instance.getSchema();
  console.log(JSON.stringify({ port: server.address().port }));
});
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
