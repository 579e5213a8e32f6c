/* The scripted CA: what it thinks of a request, and what it says. */
#include "tests/net/fake_ca.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

	if (n < 0 || n >= ca->nonce_count)
		complain(ca, "a nonce that was never given: %s", nonce != NULL ? nonce : "none");
	else if (ca->is_used[n])
		complain(ca, "a nonce for the second time: %s", nonce);
	else
		ca->is_used[n] = true;
}

static void
judge_signed(struct request *r)
{
	struct fake_ca *ca = r->ca;
	auto_json *jws = json_loads(r->body, 0, NULL);
	const char *protected = fake_jws_part(r->arena, jws, "protected"), *payload = fake_jws_part(r->arena, jws, "payload");
	auto_json *header = protected != NULL ? json_loads(protected, 0, NULL) : NULL;
	const char *url = json_str(header, "url"), *kid = json_str(header, "kid"), *type = fake_ca_header(r, "content-type");
	bool is_new = strcmp(resources[r->resource].name, "account") == 0;

	if (header == NULL || payload == NULL || json_object_size(jws) != 3) {
		complain(ca, "not a JWS: %.100s", r->body);
		return;
	}
	if (type == NULL || strcmp(type, "application/jose+json") != 0)
		complain(ca, "Content-Type %s", type != NULL ? type : "none");
	if (url == NULL || strncmp(url, ca->base, strlen(ca->base)) != 0 || strcmp(url + strlen(ca->base), r->path) != 0)
		complain(ca, "url %s in a request to %s", url != NULL ? url : "none", r->path);
	if (is_new ? kid != NULL || json_object_get(header, "jwk") == NULL :
	    kid == NULL || strncmp(kid, ca->base, strlen(ca->base)) != 0)
		complain(ca, "kid or jwk wrong for %s", r->path);
	spend_nonce(ca, json_str(header, "nonce"));
	if (is_new && ca->account_key == NULL)
		ca->account_key = fake_jws_key(r->arena, json_object_get(header, "jwk"));
	if (ca->account_key != NULL && !fake_jws_is_signed(r->arena, ca->account_key, jws))
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
	if (is_get != (strcmp(name, "directory") == 0) || is_head != (strcmp(name, "nonce") == 0))
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

/* Body, and what else the status line and headers must say. */
static const char *
ordinary(struct request *r, int *ret_status, const char **ret_headers)
{
	const char *name = resources[r->resource].name;

	*ret_status = 200;
	*ret_headers = "Content-Type: application/json\r\n";
	if (strcmp(name, "directory") == 0)
		return "{\"newNonce\":\"BASE/nonce\",\"newAccount\":\"BASE/account\",\"newOrder\":\"BASE/order-new\",\"meta\":{}}";
	if (strcmp(name, "account") == 0) {
		*ret_status = 201;
		*ret_headers = "Content-Type: application/json\r\nLocation: BASE/account/1\r\n";
		return "{\"status\":\"valid\",\"orders\":\"BASE/orders\"}";
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
	if (strcmp(name, "certificate") == 0) {
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
	if (f->nonce != NULL)
		return arena_printf(r->arena, "Replay-Nonce: %s\r\n", f->nonce);
	assert(r->ca->nonce_count < MAX_NONCES);
	return arena_printf(r->arena, "Replay-Nonce: nonce-%d\r\n", r->ca->nonce_count++);
}

char *
fake_ca_reply(struct request *r, bool *ret_half)
{
	struct fake_ca *ca = r->ca;
	const char *body, *headers, *nonce;
	struct fault f;
	int status;

	*ret_half = false;
	if (r->resource < 0) {
		complain(ca, "%s %s", r->method, r->path);
		return NULL;
	}
	ca->seen[r->resource].count++;
	wait_if_held(ca, resources[r->resource].name);
	f = take_fault(r);
	if (f.at != NULL && f.status == 0)
		return NULL;	/* as if it had not arrived: libcurl may send it once more */
	judge(r);
	body = ordinary(r, &status, &headers);
	if (f.at != NULL) {
		status = f.status;
		headers = f.headers != NULL ? f.headers : f.keep_body ? headers : "";
		body = f.keep_body ? body : f.body != NULL ? f.body : "";
		*ret_half = f.half;
	}
	body = with_base(r, body);
	nonce = strcmp(resources[r->resource].name, "directory") == 0 ? "" : next_nonce(r, &f);
	return arena_printf(r->arena, "HTTP/1.1 %d Said\r\n%s%sContent-Length: %zu\r\n\r\n%s", status, with_base(r, headers),
	    nonce, strlen(body), strcmp(r->method, "HEAD") == 0 ? "" : body);
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
