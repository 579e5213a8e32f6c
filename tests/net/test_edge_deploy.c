/* Whole deployments to an edge made here: a TLS server that reads its
 * certificates from a folder of links at each handshake, and a reload command
 * that writes down that it ran. */
#include <criterion/criterion.h>
#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/b64.h"
#include "edge/deploy.h"
#include "edge/link.h"
#include "scheduler/edge_question.h"
#include "edge/reload.h"
#include "edge/write.h"
#include "tests/kit/folder.h"

#define ID	"7a0f8c52-5b0e-4a39-8a0e-6b0d7a3f1c11"
#define OTHER	"0b6f2a4e-1d43-4b6a-9d33-0f5d1f1c2a77"
#define NAME	"shop.example.com"
#define LIVE	"edge/by-name/" NAME

static char base[64];
static struct loop *loop;
static struct seal *seal;
static struct arena *arena;
static struct edge *edge;

/* ---- the edge's TLS server ---------------------------------------------------- */

static struct {
	int fd;
	unsigned port;
	pthread_t thread;
	char folder[64];		/* <folder>/<server name>/ecdsa.crt … */
	atomic_int lies;		/* so many handshakes more show `lie` instead */
	char lie[64];
	atomic_int handshakes;
} server = { .fd = -1 };

static int
choose_certificate(SSL *ssl, int *alert, void *arg)
{
	static const char *const kinds[] = { "ecdsa", "rsa" };
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	const char *folder = server.lies > 0 ? server.lie : server.folder;

	(void)alert, (void)arg;
	for (size_t i = 0; name != NULL && i < 2; i++) {
		char crt[256], key[256];

		snprintf(crt, sizeof crt, "%s/%s/%s.crt", folder, name, kinds[i]);
		snprintf(key, sizeof key, "%s/%s/%s.key", folder, name, kinds[i]);
		if (SSL_use_certificate_chain_file(ssl, crt) == 1)
			SSL_use_PrivateKey_file(ssl, key, SSL_FILETYPE_PEM);
	}
	return SSL_TLSEXT_ERR_OK;
}

static void *
serve(void *arg)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	(void)arg;
	SSL_CTX_set_tlsext_servername_callback(ctx, choose_certificate);
	for (int fd; (fd = accept(server.fd, NULL, NULL)) >= 0;) {
		SSL *ssl = SSL_new(ctx);

		SSL_set_fd(ssl, fd);
		server.handshakes++;
		SSL_accept(ssl);
		if (server.lies > 0)
			server.lies--;
		SSL_free(ssl);
		close(fd);
	}
	SSL_CTX_free(ctx);
	return NULL;
}

static void
server_start(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof at;

	signal(SIGPIPE, SIG_IGN);	/* the probe goes as soon as it has seen the leaf */
	server.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(bind(server.fd, (struct sockaddr *)&at, sizeof at), 0);
	cr_assert_eq(listen(server.fd, 16), 0);
	getsockname(server.fd, (struct sockaddr *)&at, &len);
	server.port = ntohs(at.sin_port);
	snprintf(server.folder, sizeof server.folder, "edge/by-name");
	cr_assert_eq(pthread_create(&server.thread, NULL, serve, NULL), 0);
}

static void
server_stop(void)
{
	shutdown(server.fd, SHUT_RDWR);
	pthread_join(server.thread, NULL);
	close(server.fd);
}

/* ---- certificates -------------------------------------------------------------- */

static EVP_PKEY *keys[2];	/* one of each kind for the whole test: making RSA keys is slow */

static const char *
certificate(EVP_PKEY *key, long serial)
{
	X509 *x = X509_new();
	BIO *out = BIO_new(BIO_s_mem());
	char *pem;
	const char *text;
	long len;

	ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
	    (const unsigned char *)NAME, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_set_pubkey(x, key);
	cr_assert_gt(X509_sign(x, key, EVP_sha256()), 0);
	PEM_write_bio_X509(out, x);
	len = BIO_get_mem_data(out, &pem);
	text = arena_strndup(arena, pem, (size_t)len);
	BIO_free(out);
	X509_free(x);
	return text;
}

static struct edge_pair
pair_of(int kind, long serial)
{
	static const char *const identities[] = { "issuance/1/p256/key", "issuance/1/rsa2048/key" };
	unsigned char *der = NULL, *sealed;
	size_t len;
	int der_len = i2d_PrivateKey(keys[kind], &der);

	seal_lock(seal, arena, identities[kind], der, (size_t)der_len, &sealed, &len);
	OPENSSL_free(der);
	return (struct edge_pair){ .chain = certificate(keys[kind], serial),
		.key = b64_encode(arena, sealed, len), .key_identity = identities[kind] };
}

static struct edge_question *
question(const char *id, const char *version, long serial)
{
	struct edge_question *q = arena_alloc(arena, sizeof *q);

	*q = (struct edge_question){ .certificate_id = id, .version = version, .hostname = NAME,
		.ecdsa = pair_of(0, serial), .rsa = pair_of(1, serial) };
	return q;
}

/* ---- the set-up ----------------------------------------------------------------- */

static void
write_text(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	cr_assert_not_null(f);
	fputs(text, f);
	fclose(f);
	cr_assert_eq(chmod(path, mode), 0);
}

static void
set_up(void)
{
	struct err err = { 0 };

	folder_enter(base);
	cr_assert_eq(mkdir("edge", 0755), 0);
	write_text("kek", "0123456789abcdef0123456789abcdef", 0600);
	/* reload: one more line in "reloads"; fails while there is a file "broken" */
	write_text("reload", "cd \"$1\" && echo x >> reloads && ! test -e broken\n", 0644);
	arena = arena_new(64 << 20);
	seal = seal_open_file("kek", &err);
	cr_assert_not_null(seal, "%s", err.detail);
	loop = loop_new();
	keys[0] = EVP_EC_gen("P-256");
	keys[1] = EVP_RSA_gen(2048);
	server_start();
}

static void
tear_down(void)
{
	edge_close(edge);
	loop_free(loop);
	server_stop();
	seal_close(seal);
	EVP_PKEY_free(keys[0]);
	EVP_PKEY_free(keys[1]);
	arena_free(arena);
	folder_leave(base);
}

TestSuite(edge_deploy, .init = set_up, .fini = tear_down, .timeout = 60);

static const char *
reload_command(void)
{
	return arena_printf(arena, "/bin/sh %s/reload  %s", base, base);
}

static void
open_edge(int64_t probe_for_ms)
{
	edge = edge_open(loop, seal, &(struct edge_options){ .directory = "edge",
		.reload_command = reload_command(),
		.probe = arena_printf(arena, "127.0.0.1:%u", server.port), .probe_for_ms = probe_for_ms });
}

/* ---- asking ---------------------------------------------------------------------- */

struct exchange {
	struct asked	asked;
	struct job	job;
	struct question question;
	struct err	err;
	int		answers;
};

static int turn;	/* counts answers, to see their order */

static void
on_answer(struct asked *a, struct answer answer)
{
	struct exchange *x = (struct exchange *)(void *)a;

	x->err = answer.err;
	cr_expect_eq(x->answers, 0, "answered twice");
	x->answers = ++turn;
}

static struct exchange *
ask(const struct edge_question *q)
{
	struct exchange *x = arena_alloc(arena, sizeof *x);

	x->question = (struct question){ .kind = QUESTION_EDGE, .detail = q };
	x->job.arena = arena;
	x->asked = (struct asked){ .job = &x->job, .question = &x->question, .arena = arena, .answered = on_answer };
	edge_perform(edge, &x->asked);
	return x;
}

static struct err
answer_of(struct exchange *x)
{
	while (x->answers == 0)
		loop_turn(loop, true);
	return x->err;
}

static void
expect_deployed(const struct edge_question *q)
{
	struct err err = answer_of(ask(q));

	cr_expect_null(err.code, "%s: %s", err.code, err.detail);
}

static void
expect_error(struct err err, const char *code, const char *detail)
{
	cr_assert_not_null(err.code, "it should be %s", code);
	cr_expect_str_eq(err.code, code, "%s: %s", err.code, err.detail);
	cr_expect(err.detail != NULL && strstr(err.detail, detail) != NULL, "%s: %s", code, err.detail);
}

static bool
lives(const char *folder)
{
	char target[256] = "";

	return readlink(LIVE, target, sizeof target - 1) > 0 &&
	    strcmp(target + strlen("../versions/"), folder) == 0;
}

/* A folder of links like by-name, in which the name still has version 1. */
static void
make_old_links(void)
{
	cr_assert_eq(mkdir("edge/old", 0755), 0);
	cr_assert_eq(symlink("../versions/" ID "-1", "edge/old/" NAME), 0);
}

static int
reloads(void)
{
	struct stat s;

	return stat("reloads", &s) == 0 ? (int)s.st_size / 2 : 0;
}

/* ---- what becomes of a deployment ------------------------------------------------- */

Test(edge_deploy, a_pack_is_put_on_the_edge_and_seen_there)
{
	open_edge(0);
	expect_deployed(question(ID, "1", 1));
	cr_expect(lives(ID "-1"));
	cr_expect_eq(reloads(), 1);
	cr_expect_eq(server.handshakes, 2, "one for each key type");
	expect_deployed(question(ID, "2", 2));
	cr_expect(lives(ID "-2"));
	cr_expect(folder_has("edge/versions/" ID "-1"));
	expect_deployed(question(ID, "3", 3));
	cr_expect_not(folder_has("edge/versions/" ID "-1"));
}

Test(edge_deploy, a_pack_of_one_key_type_is_asked_for_by_that_type_only)
{
	struct edge_question *rsa = question(ID, "1", 1), *ecdsa = question(ID, "2", 2);

	rsa->ecdsa = (struct edge_pair){ 0 };
	ecdsa->rsa = (struct edge_pair){ 0 };
	open_edge(0);
	expect_deployed(rsa);
	cr_expect_eq(server.handshakes, 1);
	cr_expect_not(folder_has(LIVE "/ecdsa.key"));
	expect_deployed(ecdsa);
	cr_expect_eq(server.handshakes, 2);
}

Test(edge_deploy, an_edge_that_serves_the_old_pack_for_a_moment_is_waited_for)
{
	open_edge(0);
	expect_deployed(question(ID, "1", 1));
	snprintf(server.lie, sizeof server.lie, "edge/old");
	make_old_links();
	server.lies = 3;
	expect_deployed(question(ID, "2", 2));
	cr_expect(lives(ID "-2"));
	cr_expect_eq(server.lies, 0);
}

Test(edge_deploy, an_edge_that_goes_on_serving_the_old_pack_gets_it_back)
{
	struct err err;

	open_edge(200);
	expect_deployed(question(ID, "1", 1));
	make_old_links();
	snprintf(server.folder, sizeof server.folder, "edge/old");
	err = answer_of(ask(question(ID, "2", 2)));
	expect_error(err, "edge_probe", "ecdsa for " NAME);
	expect_error(err, "edge_probe", "expected sha256 ");
	expect_error(err, "edge_probe", "found sha256 ");
	cr_expect(lives(ID "-1"));
	cr_expect_eq(reloads(), 3, "one for the first, one there, one back");
	cr_expect_not(folder_has("edge/versions/" ID "-2"));
}

Test(edge_deploy, an_edge_that_serves_nothing_is_told_as_such)
{
	open_edge(100);
	snprintf(server.folder, sizeof server.folder, "edge/nothing");
	expect_error(answer_of(ask(question(ID, "1", 1))), "edge_probe", "found no certificate");
	cr_expect_not(folder_has(LIVE));
}

Test(edge_deploy, a_reload_that_fails_puts_the_old_pack_back)
{
	open_edge(0);
	expect_deployed(question(ID, "1", 1));
	write_text("broken", "", 0644);
	expect_error(answer_of(ask(question(ID, "2", 2))), "edge_reload", "exit");
	cr_expect(lives(ID "-1"));
	cr_expect_eq(reloads(), 3);
	cr_expect_eq(unlink("broken"), 0);
	expect_deployed(question(ID, "2", 2));
	cr_expect(lives(ID "-2"));
}

Test(edge_deploy, a_version_below_the_live_one_is_refused_without_a_reload)
{
	open_edge(0);
	expect_deployed(question(ID, "2", 2));
	expect_error(answer_of(ask(question(ID, "1", 1))), "edge_stale", "version 2 is live");
	cr_expect(lives(ID "-2"));
	cr_expect_eq(reloads(), 1);
}

Test(edge_deploy, without_a_probe_the_reload_is_believed)
{
	edge = edge_open(loop, seal, &(struct edge_options){ .directory = "edge", .reload_command = reload_command() });
	expect_deployed(question(ID, "1", 1));
	cr_expect_eq(server.handshakes, 0);
	cr_expect_eq(reloads(), 1);
}

Test(edge_deploy, without_a_directory_there_is_nothing_to_do)
{
	struct exchange *x;

	edge = edge_open(loop, seal, &(struct edge_options){ .directory = "", .reload_command = reload_command() });
	x = ask(question(ID, "1", 1));
	cr_expect_eq(x->answers, 1, "at once");
	cr_expect_null(x->err.code);
	cr_expect_eq(reloads(), 0);
}

Test(edge_deploy, a_directory_that_is_missing_is_an_answer)
{
	edge = edge_open(loop, seal, &(struct edge_options){ .directory = "not/there" });
	expect_error(answer_of(ask(question(ID, "1", 1))), "edge_disk", "not/there");
	cr_assert_eq(mkdir("not", 0755), 0);
	cr_assert_eq(mkdir("not/there", 0755), 0);
	expect_deployed(question(ID, "1", 1));
}

/* ---- after a kill ------------------------------------------------------------------ */

/* What a predecessor had done when it was killed after the swap. */
static void
killed_after_swap(const struct edge_question *q)
{
	struct pack p;
	struct err err = { 0 };
	int root = write_open_root("edge", arena, &err);

	cr_assert(pack_open(&p, arena, seal, q, &err), "%s", err.detail);
	cr_assert(write_version(root, &p, arena, &err) && link_swap(root, &p, arena, &err), "%s", err.detail);
	pack_free(&p);
	close(root);
}

Test(edge_deploy, after_a_kill_behind_the_swap_the_same_question_succeeds)
{
	struct edge_question *q = question(ID, "2", 2);
	struct stat before, after;

	open_edge(0);
	expect_deployed(question(ID, "1", 1));
	killed_after_swap(q);
	cr_assert_eq(stat(LIVE "/rsa.key", &before), 0);
	expect_deployed(q);
	cr_expect(lives(ID "-2"));
	cr_assert_eq(stat(LIVE "/rsa.key", &after), 0);
	cr_expect_eq(before.st_ino, after.st_ino, "the files are kept");
}

Test(edge_deploy, after_a_kill_behind_the_swap_a_bad_pack_still_goes_back)
{
	struct edge_question *q = question(ID, "1", 2);

	open_edge(50);
	expect_deployed(question(OTHER, "8", 1));
	killed_after_swap(q);
	snprintf(server.folder, sizeof server.folder, "edge/nothing");
	expect_error(answer_of(ask(q)), "edge_probe", "");
	cr_expect(lives(OTHER "-8"));
}

/* ---- packs that cannot be ----------------------------------------------------------- */

static void
swap_keys(struct edge_question *q)
{
	struct edge_pair was = q->ecdsa;

	q->ecdsa.key = q->rsa.key;
	q->ecdsa.key_identity = q->rsa.key_identity;
	q->rsa.key = was.key;
	q->rsa.key_identity = was.key_identity;
}

static void
foreign_key(struct edge_question *q)
{
	EVP_PKEY *own = keys[0];

	keys[0] = EVP_EC_gen("P-256");
	q->ecdsa.key = pair_of(0, 9).key;
	EVP_PKEY_free(keys[0]);
	keys[0] = own;
}

static void moved_key(struct edge_question *q) { q->rsa.key_identity = "issuance/2/rsa2048/key"; }
static void no_key(struct edge_question *q) { q->rsa.key = NULL; }
static void no_chain(struct edge_question *q) { q->rsa.chain = "not a certificate"; }
static void nothing(struct edge_question *q) { q->ecdsa.chain = q->rsa.chain = NULL; }
static void a_path(struct edge_question *q) { q->hostname = "../x"; }

static const struct bad {
	const char *sentence;
	void (*make)(struct edge_question *);
	const char *code, *detail;
} bad[] = {
	{ "keys of the other type", swap_keys, "edge_bad_pack", "of another type" },
	{ "a key of another certificate", foreign_key, "edge_bad_pack", "does not belong" },
	{ "a key sealed for another row", moved_key, "seal_broken", "" },
	{ "no key", no_key, "seal_broken", "missing" },
	{ "a chain without certificate", no_chain, "edge_bad_pack", "no certificate" },
	{ "no certificate at all", nothing, "edge_bad_pack", "no certificate" },
	{ "a hostname that is a path", a_path, "edge_bad_pack", "hostname" },
};

Test(edge_deploy, a_pack_that_cannot_be_served_is_not_written)
{
	open_edge(0);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct edge_question *q = question(ID, "1", 1);

		bad[i].make(q);
		expect_error(answer_of(ask(q)), bad[i].code, bad[i].detail);
		cr_expect_not(folder_has("edge/versions"), "%s", bad[i].sentence);
	}
	cr_expect_eq(reloads(), 0);
}

Test(edge_deploy, keys_are_written_as_pkcs8_and_chains_anew)
{
	struct edge_question *q = question(ID, "1", 1);
	char text[64] = "";
	FILE *f;

	q->ecdsa.chain = arena_printf(arena, "a remark\n%s%s", q->ecdsa.chain, certificate(keys[1], 7));
	open_edge(0);
	expect_deployed(q);
	f = fopen(LIVE "/rsa.key", "r");
	cr_assert(f != NULL && fgets(text, sizeof text, f) != NULL);
	fclose(f);
	cr_expect_str_eq(text, "-----BEGIN PRIVATE KEY-----\n");
	f = fopen(LIVE "/ecdsa.crt", "r");
	cr_assert(f != NULL && fgets(text, sizeof text, f) != NULL);
	fclose(f);
	cr_expect_str_eq(text, "-----BEGIN CERTIFICATE-----\n");
}

/* ---- several at once ---------------------------------------------------------------- */

static int told, told_before_last;

static void
on_reload(void *arg, const struct err *err)
{
	cr_expect_null(err);
	if (*(const int *)arg > 0)
		told_before_last = reloads();
	told++;
}

Test(edge_deploy, reloads_asked_for_during_one_are_merged_into_the_following)
{
	static const int late[5] = { 0, 1, 1, 1, 1 };
	struct reload *r = reload_open(loop, reload_command());

	for (size_t i = 0; i < 5; i++)
		reload_ask(r, on_reload, (void *)&late[i]);
	while (told < 5)
		loop_turn(loop, true);
	cr_expect_eq(reloads(), 2);
	cr_expect_eq(told_before_last, 2, "the late ones wait for the second");
	reload_close(r);
}

Test(edge_deploy, packs_of_different_names_go_on_at_once_and_all_arrive)
{
	enum { MANY = 12 };
	struct exchange *all[MANY];

	open_edge(0);
	for (int i = 0; i < MANY; i++) {
		struct edge_question *q = question(arena_printf(arena, "%08x%s", (unsigned)i, &ID[8]), "1", i + 1);

		q->hostname = arena_printf(arena, "n%d.example.com", i);
		all[i] = ask(q);
	}
	for (int i = 0; i < MANY; i++) {
		struct err err = answer_of(all[i]);

		cr_expect_null(err.code, "%s: %s", err.code, err.detail);
	}
	cr_expect_leq(reloads(), MANY);
	cr_expect_eq(server.handshakes, 2 * MANY);
}

Test(edge_deploy, questions_about_the_same_name_go_one_after_the_other)
{
	struct exchange *first, *second, *third;

	open_edge(0);
	first = ask(question(ID, "1", 1));
	second = ask(question(ID, "2", 2));
	third = ask(question(OTHER, "1", 3));
	cr_expect_null(answer_of(third).code);
	cr_expect_null(answer_of(second).code);
	cr_expect_null(answer_of(first).code);
	cr_expect(first->answers < second->answers && second->answers < third->answers);
	cr_expect(lives(OTHER "-1"));
}

/* ---- removal ------------------------------------------------------------------------- */

static struct edge_question *
removal(const char *id)
{
	struct edge_question *q = arena_alloc(arena, sizeof *q);

	*q = (struct edge_question){ .certificate_id = id, .version = "1", .hostname = NAME, .remove = true };
	return q;
}

Test(edge_deploy, a_pack_is_taken_off_and_the_edge_told)
{
	open_edge(0);
	expect_deployed(question(ID, "1", 1));
	expect_deployed(removal(ID));
	cr_expect_not(folder_has(LIVE));
	cr_expect_not(folder_has("edge/versions/" ID "-1"));
	cr_expect_eq(reloads(), 2);
	expect_deployed(removal(ID));
	cr_expect_eq(reloads(), 2, "there was nothing left to do");
}

Test(edge_deploy, a_removal_whose_reload_failed_reloads_again)
{
	open_edge(0);
	expect_deployed(question(ID, "1", 1));
	write_text("broken", "", 0644);
	expect_error(answer_of(ask(removal(ID))), "edge_reload", "exit");
	cr_expect(folder_has("edge/versions/" ID "-1"), "the edge may still read it");
	cr_expect_eq(unlink("broken"), 0);
	expect_deployed(removal(ID));
	cr_expect_eq(reloads(), 3);
	cr_expect_not(folder_has("edge/versions/" ID "-1"));
}

/* ---- the end -------------------------------------------------------------------------- */

static const char *
stop_after(int turns)
{
	struct exchange *x, *waiting;

	x = ask(question(ID, "1", 1));
	waiting = ask(question(ID, "2", 2));
	for (int i = 0; i < turns && x->answers == 0; i++)
		loop_turn(loop, true);
	edge_close(edge);
	edge = NULL;
	cr_expect_neq(x->answers, 0);
	cr_expect_neq(waiting->answers, 0);
	return waiting->err.code;
}

Test(edge_deploy, what_is_under_way_at_the_end_is_answered_and_can_be_asked_again)
{
	for (int turns = 0; turns < 8; turns++) {
		open_edge(0);
		cr_expect_str_eq(stop_after(turns), "edge_stopped", "after %d turns", turns);
		loop_run(loop);	/* threads, commands and handshakes end without harm */
	}
	open_edge(0);
	expect_deployed(question(ID, "2", 2));
	cr_expect(lives(ID "-2"));
}
