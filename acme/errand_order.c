/* Orders, their authorizations, and challenges. */
#include <string.h>
#include <strings.h>
#include "acme/ari.h"
#include "acme/errand.h"

static int64_t
asked_for(const struct http_reply *reply)
{
	return problem_retry_after(http_retry_after(reply), RETRY_AFTER_MOST);
}

/* ---- reading an order with its authorizations ------------------------------- */

static bool
is_of_name(const struct acme_authorization *z, const char *name)
{
	bool is_wildcard = strncmp(name, "*.", 2) == 0;

	return z->wildcard == is_wildcard && strcasecmp(z->name, is_wildcard ? name + 2 : name) == 0;
}

/* Is the authorization for a name that was ordered, and the only one for it?
 * Otherwise we would show control of what nobody asked for. */
static bool
is_ordered(const struct acme_order *order, size_t n, const char *const *names)
{
	const struct acme_authorization *all = order->authorizations;

	for (size_t i = 0; i < n; i++)
		if (all[i].wildcard == all[n].wildcard && strcmp(all[i].name, all[n].name) == 0)
			return false;
	for (; *names != NULL; names++)
		if (is_of_name(&all[n], *names))
			return true;
	return false;
}

/* All parts are here. */
static void
end_with_parts(struct errand *d)
{
	const struct acme_order *order = d->answer->order;

	if (d->trouble.code != NULL) {
		errand_fail(d, &d->trouble);
		return;
	}
	for (size_t i = 0; d->question->names != NULL && i < order->count; i++) {
		if (is_ordered(order, i, d->question->names))
			continue;
		errand_fail_new(d, ERR_acme_protocol, arena_printf(d->arena,
		    "an authorization for %s%s, which was not ordered or has one already",
		    order->authorizations[i].wildcard ? "*." : "", order->authorizations[i].name));
		return;
	}
	errand_succeed(d);
}

static void
part_came(void *arg, const struct http_reply *reply, const json_t *json, const struct err *err)
{
	struct errand_part *part = arg;
	struct errand *d = part->errand;
	struct acme_order *order = d->answer->order;
	const struct reader r = errand_reader(d);
	struct err trouble = { 0 };

	if (err == NULL && !read_authorization(&r, json, &order->authorizations[part->index], &trouble))
		err = &trouble;
	if (err == NULL && asked_for(reply) > order->retry_after)
		order->retry_after = asked_for(reply);
	if (err != NULL && d->trouble.code == NULL) {
		d->trouble = *err;
		d->trouble.detail = arena_strdup(d->arena, err->detail);
	}
	if (--d->pending == 0)
		end_with_parts(d);
}

/* Nobody needs the authorizations of an order that is done, and a CA may have
 * thrown them away. */
static void
read_parts(struct errand *d)
{
	struct acme_order *order = d->answer->order;
	size_t count = strcmp(order->status, "valid") == 0 ? 0 : order->count;

	if (count == 0) {
		order->count = 0;
		errand_succeed(d);
		return;
	}
	d->trouble = (struct err){ 0 };
	d->pending = count;
	/* The last may fail at once and end the errand: touch nothing after it. */
	for (size_t i = 0; i < count; i++) {
		d->parts[i] = (struct errand_part){ d, i };
		exchange_start(d->account, &(struct exchange_request){ .kind = EXCHANGE_ACCOUNT,
		    .url = order->authorizations[i].url, .payload = "" }, part_came, &d->parts[i]);
	}
}

/* The order as this reply has it: false, and the errand has ended. */
static bool
take_order(struct errand *d, const char *url, const struct http_reply *reply, const json_t *json)
{
	const struct reader r = errand_reader(d);
	struct acme_order *order = arena_alloc(d->arena, sizeof *order);
	struct err err = { 0 };

	order->url = arena_strdup(d->arena, url);
	order->retry_after = asked_for(reply);
	if ((url == NULL || read_check_url(&r, "the order's Location", url, &err)) &&
	    read_order(&r, json, d->question->names, order, &err)) {
		d->answer->order = order;
		return true;
	}
	errand_fail(d, &err);
	return false;
}

static void
order_came(struct errand *d, const struct http_reply *reply, const json_t *json, const struct err *err)
{
	if (err != NULL)
		errand_fail(d, err);
	else if (take_order(d, d->question->url, reply, json))
		read_parts(d);
}

void
errand_read_order(struct errand *d)
{
	errand_send(d, &(struct exchange_request){ .kind = EXCHANGE_ACCOUNT, .url = d->question->url, .payload = "" },
	    order_came);
}

/* ---- a new order ------------------------------------------------------------- */

/* A CA that does not know profiles would pay no heed to one, and issue some
 * other certificate than was ordered; an order is not wasted on that. */
static bool
offers_profile(struct errand *d, const char *profile, const char **ret_offer)
{
	const struct acme_directory *directory = &d->account->directory;

	*ret_offer = "";
	for (size_t i = 0; i < directory->profile_count; i++) {
		if (strcmp(directory->profiles[i].name, profile) == 0)
			return true;
		*ret_offer = arena_printf(d->arena, "%s %s", *ret_offer, directory->profiles[i].name);
	}
	return false;
}

static const char *
order_payload(struct arena *a, const struct acme_question *q, const struct acme_directory *directory)
{
	auto_json *payload = json_object();
	json_t *list = json_array();

	for (size_t i = 0; q->names[i] != NULL; i++)
		json_array_append_new(list, json_pack("{s:s, s:s}", "type", "dns", "value", q->names[i]));
	json_object_set_new(payload, "identifiers", list);
	if (q->ca.profile != NULL)
		json_object_set_new(payload, "profile", json_string(q->ca.profile));
	/* RFC 9773 §5: only for a CA that knows what it means. */
	if (q->cert_id != NULL && directory->renewal_info != NULL)
		json_object_set_new(payload, "replaces", json_string(q->cert_id));
	return json_write(a, payload);
}

static void
new_order_came(struct errand *d, const struct http_reply *reply, const json_t *json, const struct err *err)
{
	const char *url = err == NULL ? http_header(reply, "location") : NULL;
	const char *profile = d->question->ca.profile;

	if (err != NULL)
		errand_fail(d, err);
	else if (url == NULL)
		errand_fail_new(d, ERR_acme_protocol, "newOrder: no Location");
	else if (!take_order(d, url, reply, json))
		return;
	else if (profile != NULL && d->answer->order->profile != NULL &&
	    strcmp(d->answer->order->profile, profile) != 0)
		errand_fail_new(d, ERR_acme_protocol, "newOrder: another profile than the one that was ordered");
	else
		errand_succeed(d);
}

void
errand_new_order(struct errand *d)
{
	const struct acme_question *q = d->question;
	const char *offer;

	if (q->ca.profile != NULL && !offers_profile(d, q->ca.profile, &offer)) {
		d->account->directory_until = 0;	/* it may be new */
		errand_fail_new(d, ERR_acme_invalid_profile, arena_printf(d->arena,
		    "the directory does not offer the profile %s, but:%s", q->ca.profile,
		    *offer != '\0' ? offer : " none"));
		return;
	}
	if (q->cert_id != NULL && !ari_is_id(q->cert_id)) {
		errand_fail_new(d, ERR_internal, "the id of the certificate to be replaced is none");
		return;
	}
	errand_send(d, &(struct exchange_request){ .kind = EXCHANGE_ACCOUNT, .url = d->account->directory.new_order,
	    .payload = order_payload(d->arena, q, &d->account->directory), .once = true }, new_order_came);
}

/* ---- finalizing -------------------------------------------------------------- */

static void
finalized(struct errand *d, const struct http_reply *reply, const json_t *json, const struct err *err)
{
	if (err != NULL)
		errand_fail(d, err);
	else if (take_order(d, http_header(reply, "location"), reply, json))
		errand_succeed(d);
}

void
errand_finalize(struct errand *d)
{
	const struct acme_question *q = d->question;

	errand_send(d, &(struct exchange_request){ .kind = EXCHANGE_ACCOUNT, .url = q->url,
	    .payload = arena_printf(d->arena, "{\"csr\":\"%s\"}", q->csr), .once = true }, finalized);
}

/* ---- challenges -------------------------------------------------------------- */

static void
validated(struct errand *d, const struct http_reply *reply, const json_t *json, const struct err *err)
{
	const struct reader r = errand_reader(d);

	if (err != NULL) {
		errand_fail(d, err);
		return;
	}
	d->answer->challenge = read_validated(&r, json);
	d->answer->retry_after = asked_for(reply);
	errand_succeed(d);
}

void
errand_validate(struct errand *d)
{
	/* RFC 8555 §7.5.1: an empty object */
	errand_send(d, &(struct exchange_request){ .kind = EXCHANGE_ACCOUNT, .url = d->question->url, .payload = "{}" },
	    validated);
}
