/*
 * acme/client, acme/key and acme/chain against Pebble, without the rest of the
 * program: account, order, authorizations, a responder or TXT records,
 * validation, finalization, certificate.  Pebble refuses one nonce in twenty.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "acme/alternate.h"
#include "acme/ari.h"
#include "acme/chain.h"
#include "acme/client.h"
#include "acme/key.h"
#include "acme/openssl.h"
#include "acme/question.h"
#include "io/serve.h"

enum { MAX_TOKENS = 16 };

static struct {
	struct loop	   *loop;
	struct dns	   *dns;
	struct http	   *http;
	struct seal	   *seal;
	struct acme_client *client;
	struct key_maker   *keys;
	struct serve	   *responder;
	struct arena	   *arena;
	struct timer	   *timer;
	bool		    timer_rang;
	int		    lock;		/* of the port for challenges */
	struct acme_ca	    row;
	const struct acme_challenge *tokens[MAX_TOKENS];
	int		    token_count, served;
	struct acme_key	    last_key;		/* of the last certificate, and it */
	const char	   *last_chain, *last_url;
} it;

/* ---- around it -------------------------------------------------------------- */

static const char *
lab(const char *name)
{
	const char *value = getenv(name);

	cr_assert_not_null(value, "%s is not set: this runs in tools/lab/with-lab", name);
	return value;
}

static void
respond(void *arg, struct serve_request *r, const char *host, const char *path)
{
	static const char prefix[] = "/.well-known/acme-challenge/";

	(void)arg;
	(void)host;
	for (int i = 0; i < it.token_count; i++) {
		if (strncmp(path, prefix, strlen(prefix)) != 0 || strcmp(path + strlen(prefix), it.tokens[i]->token) != 0)
			continue;
		it.served++;
		serve_answer(r, 200, "application/octet-stream", it.tokens[i]->key_authorization);
		return;
	}
	serve_answer(r, 404, "text/plain", "");
}

static void
rang(void *arg)
{
	(void)arg;
	it.timer_rang = true;
}

static void
begin(void)
{
	struct err err = { 0 };
	char *sealed;

	it.arena = arena_new(16 << 20);
	it.loop = loop_new();
	it.timer = timer_new(it.loop, rang, NULL);
	it.dns = dns_open(it.loop, lab("LAB_RESOLVER"), &err);
	it.http = http_open(it.loop, it.dns, true);
	it.seal = seal_open_file(lab("LAB_KEY_FILE"), &err);
	cr_assert_not_null(it.seal, "%s", err.detail);
	it.client = acme_client_open(it.loop, it.http, it.seal);
	it.keys = key_open(it.loop, it.seal);
	/* One responder at a time: a second on the other port would be asked for
	 * tokens that it does not have. */
	it.lock = open(arena_printf(it.arena, "%s/challenge.lock", lab("LAB_DIR")), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	cr_assert_eq(flock(it.lock, LOCK_EX), 0);
	it.responder = serve_open(it.loop, lab("LAB_CHALLENGE_LISTEN"), respond, NULL, &err);
	cr_assert_not_null(it.responder, "%s", err.detail);
	key_make_account(it.arena, it.seal, "certificate_authority/pebble/account_key", &sealed);
	it.row = (struct acme_ca){ .id = "pebble", .name = "pebble", .directory = lab("LAB_CA_DIRECTORY"),
	    .trust_file = lab("LAB_CA_TRUST"), .contact = "ops@provider.test", .account_key = sealed };
}

static void
finish(void)
{
	acme_client_close(it.client);
	key_close(it.keys);
	http_close(it.http);
	dns_close(it.dns);
	serve_close(it.responder);
	timer_free(it.timer);
	loop_free(it.loop);
	seal_close(it.seal);
	arena_free(it.arena);
	close(it.lock);
}

TestSuite(acme_pebble, .init = begin, .fini = finish, .timeout = 120);

/* A customer's act: see tools/lab/verbs.sh. */
static void
customer(const char *verb, const char *name, const char *type, const char *value)
{
	const char *const argv[] = { "bash", lab("LAB_VERBS"), verb, name, type, value, NULL };
	extern char **environ;
	int status;
	pid_t pid;

	cr_assert_eq(posix_spawnp(&pid, "bash", NULL, NULL, (char *const *)argv, environ), 0);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0, "%s %s", verb, name);
}

/* ---- questions -------------------------------------------------------------- */

struct ask {
	struct asked asked;		/* first: answered() gets it back */
	struct question question;
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

static struct answer
put(enum question_kind kind, const void *detail)
{
	struct ask *ask = arena_alloc(it.arena, sizeof *ask);

	ask->question = (struct question){ .kind = kind, .detail = detail };
	ask->asked = (struct asked){ NULL, &ask->question, it.arena, answered };
	if (kind == QUESTION_KEY)
		key_perform(it.keys, &ask->asked);
	else
		acme_client_perform(it.client, &ask->asked);
	while (!ask->is_answered)
		loop_turn(it.loop, true);
	return ask->answer;
}

static const struct acme_answer *
ca(enum acme_act act, const char *url, const char *const *names, const char *csr)
{
	struct acme_question q = { .act = act, .ca = it.row, .url = url, .names = names, .csr = csr };
	struct answer answer = put(QUESTION_ACME, &q);

	cr_assert_null(answer.err.code, "%s: %s", answer.err.code, answer.err.detail);
	return answer.detail;
}

/* Asks again, every 100 ms, until the order has left `status`. */
static const struct acme_order *
order_after(const char *url, const char *status)
{
	for (;;) {
		const struct acme_order *order = ca(ACME_READ_ORDER, url, NULL, NULL)->order;

		if (strcmp(order->status, status) != 0)
			return order;
		it.timer_rang = false;
		timer_start(it.timer, 100, 0);
		while (!it.timer_rang)
			loop_turn(it.loop, true);
	}
}

/* ---- from names to a certificate -------------------------------------------- */

static void
prove(const struct acme_authorization *z, bool by_txt)
{
	const struct acme_challenge *c = by_txt ? &z->dns01 : &z->http01;

	cr_assert_not_null(c->url);
	cr_assert_lt(it.token_count, MAX_TOKENS);
	if (by_txt)
		customer("dns_add", arena_printf(it.arena, "_acme-challenge.%s", z->name), "TXT", c->txt_value);
	else
		it.tokens[it.token_count++] = c;
	ca(ACME_VALIDATE, c->url, NULL, NULL);
}

static const struct acme_order *
ready_order(const char *const *names, bool by_txt)
{
	const char *url = ca(ACME_NEW_ORDER, NULL, names, NULL)->order->url;
	const struct acme_order *order = ca(ACME_READ_ORDER, url, NULL, NULL)->order;

	for (size_t i = 0; i < order->count; i++)
		if (strcmp(order->authorizations[i].status, "pending") == 0)
			prove(&order->authorizations[i], by_txt);
	order = order_after(url, "pending");
	cr_assert_str_eq(order->status, "ready", "%s: %s", order->status,
	    order->count != 0 && order->authorizations[0].http01.err.detail != NULL ?
	    order->authorizations[0].http01.err.detail : "");
	return order;
}

static struct chain_facts
issue(const char *key_type, const char *const *names, bool by_txt)
{
	struct key_question key = { key_type, "issuance/1/key", names, NULL };
	struct answer made = put(QUESTION_KEY, &key);
	const char *csr = ((const struct key_answer *)made.detail)->csr;
	const struct acme_order *order = ready_order(names, by_txt);
	struct chain_facts facts = { 0 };
	struct err err = { 0 };
	const char *pem, *url = order->url;

	ca(ACME_FINALIZE, order->finalize, NULL, csr);
	order = order_after(url, "processing");
	cr_assert_str_eq(order->status, "valid");
	cr_assert_str_eq(order->url, url);
	it.last_url = order->certificate;
	pem = ca(ACME_DOWNLOAD, it.last_url, NULL, NULL)->chain;
	it.last_key = (struct acme_key){ ((const struct key_answer *)made.detail)->sealed, key.identity };
	it.last_chain = pem;
	cr_assert(chain_check(it.arena, pem, csr, names, time(NULL), &facts, &err), "%s: %s", err.code,
	    err.detail != NULL ? err.detail : "");
	cr_assert_str_eq(facts.key_type, key_type);
	cr_assert_geq(facts.count, 2);
	cr_assert_gt(facts.not_after, facts.not_before);
	return facts;
}

Test(acme_pebble, both_kinds_of_certificate_are_issued_by_http)
{
	static const char *const names[] = { "acme-http.customer.test", NULL };
	struct chain_facts p256, rsa;

	customer("dns_point", names[0], NULL, NULL);
	p256 = issue("p256", names, false);
	rsa = issue("rsa2048", names, false);
	cr_assert_str_neq(p256.sha256, rsa.sha256);
	cr_assert_str_neq(p256.serial_number, rsa.serial_number);
	cr_assert_geq(it.served, 3, "it was asked %d times", it.served);
}

Test(acme_pebble, a_wildcard_and_its_name_are_issued_by_txt)
{
	static const char *const names[] = { "acme-txt.customer.test", "*.acme-txt.customer.test", NULL };

	issue("p256", names, true);
	issue("rsa2048", names, true);
	cr_assert_eq(it.served, 0);
}

Test(acme_pebble, a_wrong_answer_is_the_customers_and_comes_with_the_cas_words)
{
	static const char *const names[] = { "acme-wrong.customer.test", NULL };
	const struct acme_order *order;
	const struct acme_challenge *c;

	customer("dns_point", names[0], NULL, NULL);
	order = ca(ACME_READ_ORDER, ca(ACME_NEW_ORDER, NULL, names, NULL)->order->url, NULL, NULL)->order;
	ca(ACME_VALIDATE, order->authorizations[0].http01.url, NULL, NULL);	/* and nobody answers it */
	order = order_after(order->url, "pending");
	c = &order->authorizations[0].http01;
	cr_assert_str_eq(order->status, "invalid");
	cr_assert_str_eq(c->status, "invalid");
	cr_assert_str_eq(c->err.code, "acme_unauthorized");
	cr_assert_eq(c->err.blame, BLAME_CUSTOMER);
	cr_assert_eq(strncmp(c->err.detail, "pebble: urn:ietf:params:acme:error:unauthorized: ", 49), 0, "%s", c->err.detail);
}

Test(acme_pebble, an_account_that_pebble_has_never_heard_of_is_made)
{
	static const char *const names[] = { "acme-lost.customer.test", NULL };
	const char *base = lab("LAB_CA_DIRECTORY");
	const struct acme_answer *answer;

	it.row.account_url = arena_printf(it.arena, "%.*s/my-account/nobody", (int)(strrchr(base, '/') - base), base);
	answer = ca(ACME_NEW_ORDER, NULL, names, NULL);
	cr_assert_str_neq(answer->account_url, it.row.account_url);
	cr_assert_str_eq(answer->order->status, "pending");
}

Test(acme_pebble, an_order_that_pebble_does_not_know_is_not_found)
{
	const char *base = lab("LAB_CA_DIRECTORY");
	struct acme_question q = { .act = ACME_READ_ORDER, .ca = it.row,
	    .url = arena_printf(it.arena, "%.*s/my-order/nothing", (int)(strrchr(base, '/') - base), base) };
	struct answer answer = put(QUESTION_ACME, &q);

	cr_assert_str_eq(answer.err.code, "acme_not_found", "%s", answer.err.detail);
}

/* ---- what Pebble's management interface knows --------------------------------- */

struct page {
	const char *body;	/* NULL: no 200 */
	bool is_there;
};

static void
page_came(void *arg, const struct http_reply *reply, const struct err *err)
{
	struct page *page = arg;

	cr_assert_null(err, "%s", err != NULL ? err->detail : "");
	page->body = reply->status == 200 ? arena_strndup(it.arena, reply->body, reply->body_len) : NULL;
	page->is_there = true;
}

/* A page of it; NULL: there is none. */
static const char *
managed(const char *path)
{
	struct page page = { 0 };

	http_send(it.http, &(struct http_request){ .method = "GET", .url = arena_printf(it.arena, "https://127.0.0.1%s%s",
	    strrchr(lab("LAB_CA_MANAGEMENT"), ':'), path), .trust_file = it.row.trust_file, .max_body = 1 << 20,
	    .timeout_ms = 10000 }, page_came, &page);
	while (!page.is_there)
		loop_turn(it.loop, true);
	return page.body;
}

static const char *
status_of(const struct chain_facts *facts)
{
	auto_json *json = json_loads(managed(arena_printf(it.arena, "/cert-status-by-serial/%s", facts->serial_hex)), 0, NULL);
	const char *status = json_str(json, "Status");

	cr_assert_not_null(status);
	return arena_printf(it.arena, "%s %d", status, (int)json_int(json, "Reason", 0));
}

/* ---- revocation ----------------------------------------------------------------- */

static struct answer
revoke_by(const char *chain, struct acme_key key)
{
	struct acme_question q = { .act = ACME_REVOKE, .ca = it.row, .chain = chain, .reason = 4, .key = key };

	return put(QUESTION_ACME, &q);
}

Test(acme_pebble, the_account_revokes_a_certificate_once_and_for_all)
{
	static const char *const names[] = { "acme-revoke.customer.test", NULL };
	struct chain_facts facts;
	struct answer answer;

	customer("dns_point", names[0], NULL, NULL);
	facts = issue("p256", names, false);
	cr_assert_str_eq(status_of(&facts), "Valid 0");
	for (int i = 0; i < 2; i++) {		/* the second time it was revoked already */
		answer = revoke_by(it.last_chain, (struct acme_key){ 0 });
		cr_assert_null(answer.err.code, "%s: %s", answer.err.code, answer.err.detail);
		cr_assert_str_eq(status_of(&facts), "Revoked 4");
	}
}

Test(acme_pebble, the_keys_of_certificates_revoke_them)
{
	static const char *const names[] = { "acme-revoke-2.customer.test", NULL }, *const types[] = { "p256", "rsa2048" };
	struct chain_facts facts[2];
	struct acme_key keys[2];
	const char *chains[2];
	struct answer answer;

	customer("dns_point", names[0], NULL, NULL);
	for (int i = 0; i < 2; i++) {
		facts[i] = issue(types[i], names, false);
		keys[i] = it.last_key;
		chains[i] = it.last_chain;
	}
	/* with the key of another certificate it is refused */
	answer = revoke_by(chains[0], keys[1]);
	cr_assert_not_null(answer.err.code);
	cr_assert_str_eq(status_of(&facts[0]), "Valid 0");
	for (int i = 0; i < 2; i++) {
		answer = revoke_by(chains[i], keys[i]);
		cr_assert_null(answer.err.code, "%s: %s", answer.err.code, answer.err.detail);
		cr_assert_str_eq(status_of(&facts[i]), "Revoked 4");
	}
}

/* ---- accounts -------------------------------------------------------------------- */

static struct answer
ask_with_key(enum acme_act act, struct acme_key key)
{
	struct acme_question q = { .act = act, .ca = it.row, .key = key };

	return put(QUESTION_ACME, &q);
}

Test(acme_pebble, a_rollover_leaves_the_account_and_its_orders_to_the_new_key)
{
	static const char *const names[] = { "acme-rollover.customer.test", NULL };
	const char *identity = "certificate_authority/pebble/account_key", *old_key = it.row.account_key, *account, *order;
	const struct acme_answer *answer;
	struct answer asked;
	char *new_key;

	customer("dns_point", names[0], NULL, NULL);
	answer = ca(ACME_NEW_ORDER, NULL, names, NULL);
	account = answer->account_url;
	order = answer->order->url;
	key_make_account(it.arena, it.seal, identity, &new_key);
	for (int i = 0; i < 2; i++) {
		asked = ask_with_key(ACME_ROLLOVER, (struct acme_key){ new_key, identity });
		cr_assert_null(asked.err.code, "%s: %s", asked.err.code, asked.err.detail);
		cr_assert_str_eq(((const struct acme_answer *)asked.detail)->account_url, account);
	}
	issue("p256", names, false);		/* the row still has the old key */
	it.row.account_key = new_key;
	it.row.account_url = account;
	cr_assert_str_eq(ca(ACME_READ_ORDER, order, NULL, NULL)->account_url, account);
	issue("p256", names, false);
	asked = ask_with_key(ACME_FIND_ACCOUNT, (struct acme_key){ old_key, identity });
	cr_assert_str_eq(asked.err.code, "acme_account_missing", "%s", asked.err.detail);
	asked = ask_with_key(ACME_FIND_ACCOUNT, (struct acme_key){ 0 });
	cr_assert_str_eq(((const struct acme_answer *)asked.detail)->account_url, account);
}

Test(acme_pebble, a_new_key_that_another_account_has_is_refused)
{
	static const char *const names[] = { "acme-key-in-use.customer.test", NULL };
	const char *identity = "certificate_authority/pebble/account_key", *first_key = it.row.account_key;
	char *second_key;
	struct answer asked;

	ca(ACME_NEW_ORDER, NULL, names, NULL);
	key_make_account(it.arena, it.seal, identity, &second_key);
	it.row.account_key = second_key;
	ca(ACME_NEW_ORDER, NULL, names, NULL);
	asked = ask_with_key(ACME_ROLLOVER, (struct acme_key){ first_key, identity });
	cr_assert_str_eq(asked.err.code, "acme_key_in_use", "%s", asked.err.detail);
	ca(ACME_NEW_ORDER, NULL, names, NULL);
}

/* ---- what this Pebble may or may not have ------------------------------------------ */

Test(acme_pebble, the_directory_says_what_pebble_has_and_renewal_information_follows_it)
{
	static const char *const names[] = { "acme-ari.customer.test", NULL };
	const struct acme_directory *d = ca(ACME_READ_DIRECTORY, NULL, NULL, NULL)->directory;
	struct acme_question q = { .act = ACME_RENEWAL_INFO, .ca = it.row };
	struct chain_facts facts;
	struct answer answer;

	cr_assert_not_null(d->revoke_cert);
	cr_assert_not_null(d->key_change);
	customer("dns_point", names[0], NULL, NULL);
	facts = issue("p256", names, false);
	cr_assert(ari_cert_id(it.arena, it.last_chain, &q.cert_id));
	q.not_before = facts.not_before;
	q.not_after = facts.not_after;
	answer = put(QUESTION_ACME, &q);
	if (d->renewal_info == NULL) {
		cr_assert_str_eq(answer.err.code, "acme_no_renewal_info");
	} else {
		const struct acme_window *window = ((const struct acme_answer *)answer.detail)->window;

		cr_assert_null(answer.err.code, "%s: %s", answer.err.code, answer.err.detail);
		cr_assert(window->start > facts.not_before && window->end < facts.not_after);
	}
}

Test(acme_pebble, the_preferred_of_several_chains_is_downloaded)
{
	static const char *const names[] = { "acme-chain.customer.test", NULL };
	const char *root = managed("/roots/1");
	struct acme_question q = { .act = ACME_DOWNLOAD, .ca = it.row };
	char wanted[128] = "";
	struct answer answer;
	auto_bio *in = NULL;
	auto_x509 *x = NULL;

	if (root == NULL)
		cr_skip_test("this Pebble has one root; PEBBLE_ALTERNATE_ROOTS=1 gives it another");
	in = BIO_new_mem_buf(root, -1);
	x = PEM_read_bio_X509(in, NULL, NULL, NULL);
	cr_assert_not_null(x);
	X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, wanted, sizeof wanted);
	customer("dns_point", names[0], NULL, NULL);
	issue("p256", names, false);
	cr_assert_not(alternate_has_issuer(it.last_chain, wanted));
	q.url = it.last_url;
	q.preferred_chain = wanted;
	answer = put(QUESTION_ACME, &q);
	cr_assert_null(answer.err.code, "%s: %s", answer.err.code, answer.err.detail);
	cr_assert(alternate_has_issuer(((const struct acme_answer *)answer.detail)->chain, wanted), "%s", wanted);
	q.preferred_chain = "nobody";
	answer = put(QUESTION_ACME, &q);
	cr_assert_str_eq(((const struct acme_answer *)answer.detail)->chain, it.last_chain);
}
