/* The scripted CA: what it thinks of a request, and what it says. */
#include "tests/net/fake_ca.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "acme/openssl.h"
#include "base/buf.h"
#include "base/json.h"
#include "tests/net/fake_ca_inside.h"
#include "tests/net/fake_jws.h"

static const struct { const char *name, *prefix; } resources[] = {
	{ "directory", "/dir" },
	{ "nonce", "/nonce" },
	{ "account", "/account" },
	{ "order-new", "/order-new" },
	{ "order", "/order/" },
	{ "authz", "/authz/" },
	{ "challenge", "/challenge/" },
	{ "finalize", "/finalize/" },
	{ "certificate", "/certificate/" },
	{ "alternate", "/alternate/" },
	{ "revoke", "/revoke" },
	{ "key-change", "/key-change" },
	{ "renewal", "/renewal/" },
};
_Static_assert(sizeof resources / sizeof resources[0] == RESOURCES, "RESOURCES");

int
fake_ca_resource(const char *path)
{
	int found = -1;

	for (int i = 0; i < RESOURCES; i++)
		if (strncmp(path, resources[i].prefix, strlen(resources[i].prefix)) == 0)
			found = i;
	return found;
}

static void complain(struct fake_ca *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void
complain(struct fake_ca *ca, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (ca->complaint[0] == '\0')
		vsnprintf(ca->complaint, sizeof ca->complaint, fmt, args);
	va_end(args);
}

/* ---- judging a request ------------------------------------------------------ */

char *
fake_ca_header(struct request *r, const char *name)
{
	for (const char *line = strstr(r->head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
		size_t len = strlen(name);

		if (strncasecmp(line + 2, name, len) == 0 && line[2 + len] == ':') {
			const char *value = line + 3 + len + strspn(line + 3 + len, " ");

			return arena_strndup(r->arena, value, strcspn(value, "\r"));
		}
	}
	return NULL;
}

static void
spend_nonce(struct fake_ca *ca, const char *nonce)
{
	int n = nonce != NULL && strncmp(nonce, "nonce-", 6) == 0 ? (int)strtol(nonce + 6, NULL, 10) : -1;

	if (nonce != NULL && ca->odd_nonce != NULL && strcmp(nonce, ca->odd_nonce) == 0)
		return;
	if (n < 0 || n >= ca->nonce_count)
		complain(ca, "a nonce that was never given: %s", nonce != NULL ? nonce : "none");
	else if (ca->is_used[n])
		complain(ca, "a nonce for the second time: %s", nonce);
	else
		ca->is_used[n] = true;
}

/* Whose key must have signed: that of the account, or the one that is sent
 * along where RFC 8555 §6.2 wants it.  The caller frees. */
static EVP_PKEY *
signer(struct request *r, const json_t *header)
{
	struct fake_ca *ca = r->ca;
	const char *kid = json_str(header, "kid"), *name = resources[r->resource].name;
	const json_t *jwk = json_object_get(header, "jwk");
	bool with_key = strcmp(name, "account") == 0 || (strcmp(name, "revoke") == 0 && jwk != NULL);

	if (with_key ? kid != NULL || jwk == NULL :
	    kid == NULL || jwk != NULL || strncmp(kid, ca->base, strlen(ca->base)) != 0)
		complain(ca, "kid or jwk wrong for %s", r->path);
	if (with_key)
		return fake_jws_key(r->arena, jwk);
	if (ca->account_key != NULL)
		EVP_PKEY_up_ref(ca->account_key);
	return ca->account_key;
}

/* The first key makes the account; there must be no second one. */
static void
judge_account(struct request *r, EVP_PKEY *key, const char *payload)
{
	if (key == NULL || strstr(payload, "\"onlyReturnExisting\":true") != NULL)
		return;
	if (r->ca->account_key == NULL) {
		EVP_PKEY_up_ref(key);
		r->ca->account_key = key;
	} else if (EVP_PKEY_eq(r->ca->account_key, key) != 1) {
		complain(r->ca, "a second account");
	}
}

static void
judge_signed(struct request *r)
{
	struct fake_ca *ca = r->ca;
	auto_json *jws = json_loads(r->body, 0, NULL);
	const char *protected = fake_jws_part(r->arena, jws, "protected"), *payload = fake_jws_part(r->arena, jws, "payload");
	auto_json *header = protected != NULL ? json_loads(protected, 0, NULL) : NULL;
	const char *url = json_str(header, "url"), *type = fake_ca_header(r, "content-type");
	auto_pkey *key = NULL;

	if (header == NULL || payload == NULL || json_object_size(jws) != 3) {
		complain(ca, "not a JWS: %.100s", r->body);
		return;
	}
	if (type == NULL || strcmp(type, "application/jose+json") != 0)
		complain(ca, "Content-Type %s", type != NULL ? type : "none");
	if (url == NULL || strncmp(url, ca->base, strlen(ca->base)) != 0 || strcmp(url + strlen(ca->base), r->path) != 0)
		complain(ca, "url %s in a request to %s", url != NULL ? url : "none", r->path);
	spend_nonce(ca, json_str(header, "nonce"));
	key = signer(r, header);
	if (strcmp(resources[r->resource].name, "account") == 0)
		judge_account(r, key, payload);
	if (key != NULL && !fake_jws_is_signed(r->arena, key, jws))
		complain(ca, "signature wrong for %s", r->path);
	free(ca->seen[r->resource].protected);
	free(ca->seen[r->resource].payload);
	ca->seen[r->resource].protected = xstrdup(protected);
	ca->seen[r->resource].payload = xstrdup(payload);
}

static void
judge(struct request *r)
{
	struct fake_ca *ca = r->ca;
	bool is_get = strcmp(r->method, "GET") == 0, is_head = strcmp(r->method, "HEAD") == 0;
	const char *name = resources[r->resource].name;

	free(ca->user_agent);
	ca->user_agent = xstrdup(fake_ca_header(r, "user-agent"));
	free(ca->seen[r->resource].accept);
	ca->seen[r->resource].accept = xstrdup(fake_ca_header(r, "accept"));
	if (is_get != (strcmp(name, "directory") == 0 || strcmp(name, "renewal") == 0) || is_head != (strcmp(name, "nonce") == 0))
		complain(ca, "%s %s", r->method, r->path);
	else if (!is_get && !is_head)
		judge_signed(r);
}

/* ---- the ordinary answers --------------------------------------------------- */

#define TOKEN "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA"
#define ORDER(status) "{\"status\":\"" status "\",\"expires\":\"2030-01-01T00:00:00Z\",\"identifiers\":%s," \
	"\"authorizations\":[\"BASE/authz/1\",\"BASE/authz/2\"],\"finalize\":\"BASE/finalize/1\",\"unknown\":{\"a\":[1]}}"
#define NAMES "[{\"type\":\"dns\",\"value\":\"shop.example.com\"},{\"type\":\"dns\",\"value\":\"*.shop.example.com\"}]"

static const char *
order_new_body(struct request *r)
{
	auto_json *payload = json_loads(r->ca->seen[r->resource].payload, 0, NULL);
	const json_t *names = json_list(payload, "identifiers");

	return arena_printf(r->arena, ORDER("pending"), names != NULL ? json_write(r->arena, names) : "[]");
}

static const char *
authz_body(struct request *r)
{
	bool is_wild = strcmp(r->path, "/authz/2") == 0;

	return arena_printf(r->arena, "{\"status\":\"pending\",\"expires\":\"2030-01-01T00:00:00Z\",\"identifier\":{\"type\":\"dns\","
	    "\"value\":\"shop.example.com\"}%s,\"challenges\":[{\"type\":\"dns-account-01\",\"odd\":true},{\"type\":\"dns-01\","
	    "\"status\":\"pending\",\"url\":\"BASE/challenge/dns\",\"token\":\"" TOKEN "\"}%s]}", is_wild ? ",\"wildcard\":true" : "",
	    is_wild ? "" : ",{\"type\":\"http-01\",\"status\":\"pending\",\"url\":\"BASE/challenge/http\",\"token\":\"" TOKEN "\"}");
}

#define DIRECTORY "{\"newNonce\":\"BASE/nonce\",\"newAccount\":\"BASE/account\",\"newOrder\":\"BASE/order-new\"," \
	"\"revokeCert\":\"BASE/revoke\",\"keyChange\":\"BASE/key-change\",\"renewalInfo\":\"BASE/renewal\",\"newAuthz\":7," \
	"\"meta\":{\"termsOfService\":\"https://www.ca.test/terms.pdf\",\"website\":7,\"externalAccountRequired\":true," \
	"\"caaIdentities\":[\"CA.test\",\"other-ca.test\"],\"profiles\":{\"classic\":\"ninety days\",\"shortlived\":\"six\\ndays\"}}}"

/* newAccount: also the question whether a key has an account (§7.3.1). */
static const char *
account_body(struct request *r, int *ret_status, const char **ret_headers)
{
	auto_json *jws = json_loads(r->body, 0, NULL);
	const char *protected = fake_jws_part(r->arena, jws, "protected");
	auto_json *header = protected != NULL ? json_loads(protected, 0, NULL) : NULL;
	auto_pkey *key = fake_jws_key(r->arena, json_object_get(header, "jwk"));
	const char *payload = r->ca->seen[r->resource].payload;

	*ret_status = 400;
	if (payload != NULL && strstr(payload, "onlyReturnExisting") != NULL &&
	    (key == NULL || r->ca->account_key == NULL || EVP_PKEY_eq(key, r->ca->account_key) != 1))
		return "{\"type\":\"urn:ietf:params:acme:error:accountDoesNotExist\",\"detail\":\"no such key\"}";
	*ret_status = 201;
	*ret_headers = "Content-Type: application/json\r\nLocation: BASE/account/1\r\n";
	return "{\"status\":\"valid\",\"orders\":\"BASE/orders\"}";
}

/* §7.3.5: the inner JWS is by the new key, about the old one. */
static const char *
change_key(struct request *r)
{
	struct fake_ca *ca = r->ca;
	auto_json *jws = json_loads(ca->seen[r->resource].payload, 0, NULL);
	const char *protected = fake_jws_part(r->arena, jws, "protected"), *payload = fake_jws_part(r->arena, jws, "payload");
	auto_json *header = protected != NULL ? json_loads(protected, 0, NULL) : NULL, *said = payload != NULL ? json_loads(payload, 0, NULL) : NULL;
	EVP_PKEY *key = fake_jws_key(r->arena, json_object_get(header, "jwk"));
	auto_pkey *old = fake_jws_key(r->arena, json_object_get(said, "oldKey"));
	const char *url = json_str(header, "url"), *account = json_str(said, "account");

	if (key == NULL || old == NULL || url == NULL || account == NULL || json_object_get(header, "nonce") != NULL ||
	    json_object_get(header, "kid") != NULL || strcmp(url + strlen(ca->base), r->path) != 0 ||
	    strcmp(account + strlen(ca->base), "/account/1") != 0 || EVP_PKEY_eq(old, ca->account_key) != 1 ||
	    !fake_jws_is_signed(r->arena, key, jws)) {
		complain(ca, "a change of keys that is wrong inside");
		EVP_PKEY_free(key);
		return "{}";
	}
	EVP_PKEY_free(ca->account_key);
	ca->account_key = key;
	return "{\"status\":\"valid\"}";
}

/* Body, and what else the status line and headers must say. */
static const char *
ordinary(struct request *r, int *ret_status, const char **ret_headers)
{
	const char *name = resources[r->resource].name;

	*ret_status = 200;
	*ret_headers = "Content-Type: application/json\r\n";
	if (strcmp(name, "directory") == 0)
		return DIRECTORY;
	if (strcmp(name, "account") == 0)
		return account_body(r, ret_status, ret_headers);
	if (strcmp(name, "key-change") == 0)
		return change_key(r);
	if (strcmp(name, "revoke") == 0)
		return "";
	if (strcmp(name, "renewal") == 0) {
		*ret_headers = "Content-Type: application/json\r\nRetry-After: 21000\r\n";
		return "{\"suggestedWindow\":{\"start\":\"2026-01-02T04:00:00Z\",\"end\":\"2026-01-03T04:00:00Z\"},"
		    "\"explanationURL\":\"https://www.ca.test/incident\"}";
	}
	if (strcmp(name, "order-new") == 0) {
		*ret_status = 201;
		*ret_headers = "Content-Type: application/json\r\nLocation: BASE/order/1\r\n";
		return order_new_body(r);
	}
	if (strcmp(name, "order") == 0)
		return arena_printf(r->arena, ORDER("pending"), NAMES);
	if (strcmp(name, "authz") == 0)
		return authz_body(r);
	if (strcmp(name, "finalize") == 0) {
		*ret_headers = "Content-Type: application/json\r\nLocation: BASE/order/1\r\nRetry-After: 3\r\n";
		return arena_printf(r->arena, ORDER("processing"), NAMES);
	}
	if (strcmp(name, "certificate") == 0 || strcmp(name, "alternate") == 0) {
		*ret_headers = "Content-Type: application/pem-certificate-chain\r\n";
		return "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
	}
	return strcmp(name, "nonce") == 0 ? "" : "{\"type\":\"http-01\",\"status\":\"processing\"}";
}

/* ---- answering -------------------------------------------------------------- */

static const char *
with_base(struct request *r, const char *text)
{
	auto_buf out = { 0 };

	buf_init(&out, 8 << 20);
	while (*text != '\0') {
		if (strncmp(text, "BASE", 4) == 0) {
			buf_puts(&out, r->ca->base);
			text += 4;
		} else {
			buf_add(&out, text++, 1);
		}
	}
	return arena_strndup(r->arena, out.data, out.len);
}

static bool
is_signed_for(struct request *r, const char *account)
{
	auto_json *jws = json_loads(r->body, 0, NULL);
	const char *protected = fake_jws_part(r->arena, jws, "protected");

	return protected != NULL && strstr(protected, account) != NULL;
}

static struct fault
take_fault(struct request *r)
{
	struct fake_ca *ca = r->ca;

	for (int i = 0; i < ca->fault_count; i++) {
		struct fault f = ca->faults[i];

		if (f.at == NULL || strcmp(f.at, resources[r->resource].name) != 0 ||
		    (f.account != NULL && !is_signed_for(r, f.account)))
			continue;
		if (f.times > 0 && --ca->faults[i].times == 0)
			ca->faults[i].at = NULL;
		return f;
	}
	return (struct fault){ 0 };
}

static void
wait_if_held(struct fake_ca *ca, const char *resource)
{
	if (ca->hold == NULL || strcmp(ca->hold, resource) != 0)
		return;
	ca->held++;
	if (ca->held > ca->most_held)
		ca->most_held = ca->held;
	while (ca->hold != NULL && !ca->stopping)
		pthread_cond_wait(&ca->changed, &ca->lock);
	ca->held--;
}

static const char *
next_nonce(struct request *r, const struct fault *f)
{
	if (f->without_nonce)
		return "";
	if (f->nonce != NULL && (r->ca->odd_nonce = f->nonce) != NULL)
		return arena_printf(r->arena, "Replay-Nonce: %s\r\n", f->nonce);
	assert(r->ca->nonce_count < MAX_NONCES);
	return arena_printf(r->arena, "Replay-Nonce: nonce-%d\r\n", r->ca->nonce_count++);
}

static struct reply
write_reply(struct request *r, int status, const char *headers, const char *nonce, const char *body, size_t body_len)
{
	const char *length = strcasestr(headers, "content-length:") != NULL ? "" :
	    arena_printf(r->arena, "Content-Length: %zu\r\n", body_len);
	auto_buf out = { 0 };

	buf_init(&out, 8 << 20);
	buf_printf(&out, "HTTP/1.1 %d Said\r\n%s%s%s\r\n", status, with_base(r, headers), nonce, length);
	if (strcmp(r->method, "HEAD") != 0)
		buf_add(&out, body, body_len);
	return (struct reply){ .bytes = arena_memdup(r->arena, out.data, out.len + 1), .len = out.len };
}

struct reply
fake_ca_reply(struct request *r)
{
	struct fake_ca *ca = r->ca;
	const char *body = "", *headers = "", *nonce;
	struct reply reply;
	struct fault f;
	int status = 200;

	if (r->resource < 0) {
		complain(ca, "%s %s", r->method, r->path);
		return (struct reply){ 0 };
	}
	ca->seen[r->resource].count++;
	wait_if_held(ca, resources[r->resource].name);
	f = take_fault(r);
	if (f.at != NULL && f.status == 0 && !f.lost && !f.raw)
		return (struct reply){ .resets = f.resets };	/* as if it had not arrived: libcurl may send it once more */
	judge(r);
	if (f.at == NULL || f.lost || f.keep_body)
		body = ordinary(r, &status, &headers);
	if (f.lost)
		return (struct reply){ .resets = f.resets };
	if (f.at != NULL) {
		status = f.status;
		headers = f.headers != NULL ? f.headers : f.keep_body ? headers : "";
		body = f.keep_body ? body : f.body != NULL ? f.body : "";
	}
	nonce = strcmp(r->method, "GET") == 0 ? "" : next_nonce(r, &f);
	body = f.body_len != 0 ? body : with_base(r, body);
	if (f.raw)
		reply = (struct reply){ .bytes = (char *)body, .len = f.body_len != 0 ? f.body_len : strlen(body) };
	else
		reply = write_reply(r, status, headers, nonce, body, f.body_len != 0 ? f.body_len : strlen(body));
	if (f.half)
		reply.len -= (size_t)(reply.bytes + reply.len - (strstr(reply.bytes, "\r\n\r\n") + 4)) / 2;
	reply.closes = f.half || f.raw;
	reply.again = f.again;
	reply.drips = f.drips;
	return reply;
}

/* ---- what a test asks ------------------------------------------------------- */

const char *
fake_ca_base(const struct fake_ca *ca)
{
	return ca->base;
}

const char *
fake_ca_directory(const struct fake_ca *ca)
{
	return ca->directory;
}

const char *
fake_ca_trust_file(const struct fake_ca *ca)
{
	return ca->trust_file;
}

void
fake_ca_play(struct fake_ca *ca, const struct fault *f)
{
	pthread_mutex_lock(&ca->lock);
	assert(ca->fault_count < MAX_FAULTS);
	ca->faults[ca->fault_count++] = *f;
	pthread_mutex_unlock(&ca->lock);
}

void
fake_ca_calm(struct fake_ca *ca)
{
	pthread_mutex_lock(&ca->lock);
	ca->fault_count = 0;
	pthread_mutex_unlock(&ca->lock);
}

void
fake_ca_hold(struct fake_ca *ca, const char *resource)
{
	pthread_mutex_lock(&ca->lock);
	ca->hold = resource;
	pthread_mutex_unlock(&ca->lock);
}

void
fake_ca_release(struct fake_ca *ca)
{
	pthread_mutex_lock(&ca->lock);
	ca->hold = NULL;
	pthread_cond_broadcast(&ca->changed);
	pthread_mutex_unlock(&ca->lock);
}

static int
number(struct fake_ca *ca, const int *n)
{
	int value;

	pthread_mutex_lock(&ca->lock);
	value = *n;
	pthread_mutex_unlock(&ca->lock);
	return value;
}

static char *
text(struct fake_ca *ca, char *const *t)
{
	char *copy;

	pthread_mutex_lock(&ca->lock);
	copy = xstrdup(*t != NULL ? *t : "");
	pthread_mutex_unlock(&ca->lock);
	return copy;
}

static int
index_of(const char *resource)
{
	int i = 0;

	while (i < RESOURCES && strcmp(resources[i].name, resource) != 0)
		i++;
	assert(i < RESOURCES);
	return i;
}

int
fake_ca_requests(struct fake_ca *ca)
{
	int sum = 0;

	for (int i = 0; i < RESOURCES; i++)
		sum += number(ca, &ca->seen[i].count);
	return sum;
}

size_t
fake_ca_sent(struct fake_ca *ca)
{
	size_t sent;

	pthread_mutex_lock(&ca->lock);
	sent = ca->sent;
	pthread_mutex_unlock(&ca->lock);
	return sent;
}

int
fake_ca_strangers(struct fake_ca *ca)
{
	return number(ca, &ca->strangers);
}

int
fake_ca_held(struct fake_ca *ca)
{
	return number(ca, &ca->held);
}

int
fake_ca_most_held(struct fake_ca *ca)
{
	return number(ca, &ca->most_held);
}

int
fake_ca_count(struct fake_ca *ca, const char *resource)
{
	return number(ca, &ca->seen[index_of(resource)].count);
}

char *
fake_ca_protected(struct fake_ca *ca, const char *resource)
{
	return text(ca, &ca->seen[index_of(resource)].protected);
}

char *
fake_ca_payload(struct fake_ca *ca, const char *resource)
{
	return text(ca, &ca->seen[index_of(resource)].payload);
}

char *
fake_ca_accept(struct fake_ca *ca, const char *resource)
{
	return text(ca, &ca->seen[index_of(resource)].accept);
}

char *
fake_ca_user_agent(struct fake_ca *ca)
{
	return text(ca, &ca->user_agent);
}

const char *
fake_ca_complaint(struct fake_ca *ca)
{
	return ca->complaint;
}
