/*
 * certwright ca rollover NAME: another key for the account at a CA.
 *
 *	has it keyChange? ──> a new key is stored ──> the CA is told ──> the row has it
 *
 * Whoever stops in between begins again with the key that is stored: the client
 * asks first which key the CA has.  One that has a directory for RSA as well has
 * two accounts with one key, which change together.
 */
#include <string.h>

#include "acme/authority_row.h"
#include "acme/client.h"
#include "acme/key.h"
#include "base/json.h"
#include "cli/command/ca.h"
#include "cli/out.h"
#include "cli/sql.h"

enum { DIRECTORIES = 2 };

struct rollover {
	struct call *call;
	struct db db;
	struct seal *seal;
	struct loop *loop;
	struct acme_client *client;
	struct acme_ca ca[DIRECTORIES];		/* the same row, at each of its directories */
	int count;
	const char *new_key;			/* sealed, base64; NULL: none is stored yet */
	const char *account_url[DIRECTORIES];	/* as the CA says */
};

/* ---- asking -------------------------------------------------------------------- */

struct ask {
	struct asked asked;	/* first: answered() gets it back */
	struct question question;
	struct acme_question detail;
	struct answer answer;
	bool is_answered;
};

static void
answered(struct asked *asked, struct answer answer)
{
	struct ask *ask = (struct ask *)asked;

	ask->answer = answer;
	ask->is_answered = true;
}

/* NULL: error. */
static const struct acme_answer *
ask_ca(struct rollover *r, int which, enum acme_act act, struct err *err)
{
	struct arena *a = r->call->arena;
	struct ask *ask = arena_alloc(a, sizeof *ask);

	*ask = (struct ask){
		.asked = { NULL, &ask->question, a, answered },
		.question = { .kind = QUESTION_ACME, .detail = &ask->detail },
		.detail = { .act = act, .ca = r->ca[which], .is_fresh = act == ACME_READ_DIRECTORY,
		    .key = { r->new_key, ca_key_identity(a, r->ca[which].id) } },
	};
	acme_client_perform(r->client, &ask->asked);
	while (!ask->is_answered)
		loop_turn(r->loop, true);
	if (ask->answer.err.code == NULL)
		return ask->answer.detail;
	*err = ask->answer.err;
	return NULL;
}

/* ---- the steps --------------------------------------------------------------- */

/* Before anything is changed: all of its directories must have keyChange. */
static bool
can_change(struct rollover *r, struct err *err)
{
	for (int i = 0; i < r->count; i++) {
		const struct acme_answer *said = ask_ca(r, i, ACME_READ_DIRECTORY, err);

		if (said == NULL)
			return false;
		if (said->directory->key_change == NULL)
			return err_set(err, ERR_acme_no_rollover, arena_printf(r->call->arena,
			    "%s does not change the keys of accounts: %s has no keyChange; everything stays as it was",
			    r->ca[i].name, r->ca[i].directory));
	}
	return true;
}

static bool
store_new_key(struct rollover *r, struct err *err)
{
	struct arena *a = r->call->arena;
	char *sealed;

	if (r->new_key != NULL)
		return true;
	key_make_account(a, r->seal, ca_key_identity(a, r->ca[0].id), &sealed);
	if (!sql_begin_rollover(&r->db, r->ca[0].id, sealed, err))
		return false;
	r->new_key = sealed;
	return true;
}

static bool
tell_ca(struct rollover *r, struct err *err)
{
	for (int i = 0; i < r->count; i++) {
		const struct acme_answer *said = ask_ca(r, i, ACME_ROLLOVER, err);

		if (said == NULL) {
			err->detail = arena_printf(r->call->arena,
			    "%s; the new key is stored: certwright ca rollover %s goes on with it",
			    err->detail != NULL ? err->detail : err_sentence(err->code), r->ca[i].name);
			return false;
		}
		r->account_url[i] = said->account_url;
	}
	return true;
}

static enum exit_code
change(struct rollover *r)
{
	struct err err;
	auto_json *done = NULL;
	int64_t packs;

	if (!can_change(r, &err) || !store_new_key(r, &err) || !tell_ca(r, &err) ||
	    (done = sql_finish_rollover(&r->db, r->ca[0].id, r->new_key, r->account_url[0],
	    r->account_url[1], &err)) == NULL)
		return call_failed(&err);
	packs = json_int(done, "packs", 0);
	if (r->call->json)
		out_json(done);
	out_line(r->call, "the account of %s has a new key", r->ca[0].name);
	if (packs > 0)
		out_line(r->call, "%lld certificate pack%s %s new tokens: what was published by hand is to be published anew",
		    (long long)packs, packs == 1 ? "" : "s", packs == 1 ? "gets" : "get");
	return EXIT_DONE;
}

/* ---- around them --------------------------------------------------------------- */

static bool
read_row(struct rollover *r, struct err *err)
{
	struct arena *a = r->call->arena;
	auto_json *row = sql_rollover_question(&r->db, r->call->args[0], err);
	struct authority authority;

	if (row == NULL)
		return false;
	authority = authority_read(a, row);
	r->ca[r->count++] = authority.ca;
	if (authority.directory_rsa != NULL)
		r->ca[r->count++] = authority_for_key(&authority, "rsa2048");
	r->new_key = arena_strdup(a, json_str(row, "new_account_key"));
	return true;
}

static enum exit_code
work(struct rollover *r)
{
	const struct conf *conf = r->call->conf;
	enum exit_code code;
	struct err err;
	struct dns *dns;
	struct http *http;

	r->loop = loop_new();
	dns = dns_open(r->loop, conf->resolvers, &err);
	if (dns == NULL) {
		loop_free(r->loop);
		return call_failed(&err);
	}
	http = http_open(r->loop, dns, conf->allow_private_addresses);
	r->client = acme_client_open(r->loop, http, r->seal);
	code = change(r);
	acme_client_close(r->client);
	http_close(http);
	dns_close(dns);
	loop_free(r->loop);
	return code;
}

enum exit_code
command_ca_rollover(struct call *call)
{
	struct rollover r = { .call = call };
	enum exit_code code;
	struct err err;

	r.seal = ca_open_seal(call, &err);
	if (r.seal == NULL)
		return call_failed(&err);
	code = db_open(call, &r.db, &err) && read_row(&r, &err) ? work(&r) : call_failed(&err);
	db_close(&r.db);
	seal_close(r.seal);
	return code;
}
