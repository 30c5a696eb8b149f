// An OpenID Connect provider from the package oidc-provider, with accounts in memory. Arguments: port, the site's address, the
// site's word for this provider.
// `POST /test/people` sets what it says about people; signing in there takes the name of one, and no password.

import { once } from "node:events";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [port, site, slug = "works"] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
let people = {};

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "cercle",
      client_secret: "a secret of the tests",
      redirect_uris: [`${site}/sign-in/providers/${slug}/callback`],
      post_logout_redirect_uris: [`${site}/`],
      backchannel_logout_uri: `${site}/sign-in/providers/${slug}/logout`,
    },
  ],
  pkce: { required: () => true },
  claims: { openid: ["sub", "acr", "amr"], email: ["email", "email_verified"], profile: ["name", "groups"] },
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true }, backchannelLogout: { enabled: true } },
  interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
  cookies: { keys: ["a key of the tests"] },
  findAccount: (_context, id) =>
    people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
  loadExistingGrant: async (context) => {
    const { client, session } = context.oidc;
    const grant = new context.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope("openid email profile");
    await grant.save();
    return grant;
  },
});

async function bodyOf(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

const answer = provider.callback();
const server = createServer(async (request, response) => {
  if (request.url === "/test/people" && request.method === "POST") {
    people = JSON.parse(await bodyOf(request));
    response.end("ok");
  } else if (request.url.startsWith("/interaction/") && request.method === "POST") {
    const form = new URLSearchParams(await bodyOf(request));
    const login = { accountId: form.get("person"), amr: (form.get("amr") ?? "pwd").split(" ") };
    await provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false });
  } else if (request.url.startsWith("/interaction/")) {
    response.end("Who are you?");
  } else {
    answer(request, response);
  }
});
server.listen(Number(port), "127.0.0.1");
await once(server, "listening");
console.log("ready");
