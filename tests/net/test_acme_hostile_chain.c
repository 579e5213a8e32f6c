/*
 * A hostile CA: the certificates that it gives, the chains it offers beside
 * them, when it wants them to be renewed, and how it carries all this: TLS that
 * is not its own, connections that break, replies that never end.
 */
#include <criterion/criterion.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "acme/csr.h"
#include "acme/openssl.h"
#include "base/b64.h"
#include "base/buf.h"
#include "tests/net/hostile.h"
#include "tests/net/servers.h"

TestSuite(acme_hostile_chain, .timeout = 120);

#define NOW HOSTILE_NOW
enum { HOUR = 3600, DAY = 86400, PEM_MOST = 1 << 20 };

/* ---- certificates ---------------------------------------------------------------------- */

struct plan {			/* what is odd about the leaf; zero: nothing */
	const char *alt_names, *constraints, *digest;
	int64_t	    not_before, not_after;
	bool	    has_other_key, is_its_own_issuer, is_of_another_name;
};

enum form {			/* and how it is sent */
	LEAF_AND_MIDDLE,
	LEAF_ALONE,
	MIDDLE_FIRST,
	MIDDLE_ALONE,
	LEAF_TWICE,
	A_HUNDRED,
	WITH_KEY,
	WITH_TEXT,
	WITH_OTHER_PEM,
	WITH_DER_BEHIND,
	AS_DER,
	EMPTY,
	WHITE,
	HTML,
	HUGE_BLOCK,
	HUGE_TEXT,
	LINE_OF_60_KB,
	MANY_BEGINNINGS,
	NUL_INSIDE,
};

static EVP_PKEY *ours, *other, *middle_key;

static void
make_keys(void)
{
	ours = EVP_EC_gen("P-256");
	other = EVP_EC_gen("P-256");
	middle_key = EVP_EC_gen("P-256");
}

static void
free_keys(void)
{
	EVP_PKEY_free(ours);
	EVP_PKEY_free(other);
	EVP_PKEY_free(middle_key);
}

static void
extend(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	cr_assert_not_null(e, "%s", value);
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
}

static void
call(X509_NAME *name, const char *text)
{
	X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0);
}

static X509 *
make(const struct plan *p, bool is_leaf)
{
	X509 *x = X509_new();

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 4711);
	ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(p->not_before != 0 ? p->not_before : NOW - HOUR));
	ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(p->not_after != 0 ? p->not_after : NOW + 90 * DAY));
	call(X509_get_subject_name(x), is_leaf ? "shop.example.com" : "Middle");
	call(X509_get_issuer_name(x), !is_leaf ? "Root" : p->is_its_own_issuer ? "shop.example.com" :
	    p->is_of_another_name ? "Another" : "Middle");
	X509_set_pubkey(x, !is_leaf ? middle_key : p->has_other_key ? other : ours);
	if (is_leaf)
		extend(x, NID_subject_alt_name, p->alt_names != NULL ? p->alt_names : "DNS:shop.example.com,DNS:*.shop.example.com");
	extend(x, NID_basic_constraints, !is_leaf ? "critical,CA:TRUE" : p->constraints != NULL ? p->constraints : "critical,CA:FALSE");
	extend(x, NID_key_usage, is_leaf ? "digitalSignature,keyCertSign" : "keyCertSign");
	cr_assert_gt(X509_sign(x, middle_key, EVP_get_digestbyname(p->digest != NULL ? p->digest : "SHA256")), 0);
	return x;
}

static void
add(struct buf *out, X509 *x)
{
	auto_bio *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	PEM_write_bio_X509(bio, x);
	len = BIO_get_mem_data(bio, &text);
	buf_add(out, text, (size_t)len);
}

static void
add_key(struct buf *out)
{
	auto_bio *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	PEM_write_bio_PrivateKey(bio, ours, NULL, NULL, 0, NULL, NULL);
	len = BIO_get_mem_data(bio, &text);
	buf_add(out, text, (size_t)len);
}

static void
add_der(struct buf *out, X509 *x)
{
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der);

	buf_add(out, (const char *)der, (size_t)len);
	OPENSSL_free(der);
}

static void
fill(struct buf *out, const char *text, int times)
{
	while (times-- > 0)
		buf_puts(out, text);
}

/* Forms that hold no certificate, or one that is drowned. */
static void
write_junk(struct buf *out, enum form form, X509 *leaf)
{
	if (form == WHITE) {
		fill(out, " \r\n", 20000);
	} else if (form == HTML) {
		buf_puts(out, "<html>");
	} else if (form == HUGE_BLOCK) {	/* of one certificate over its limit */
		buf_puts(out, "-----BEGIN CERTIFICATE-----\n");
		fill(out, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", 900);
		buf_puts(out, "-----END CERTIFICATE-----\n");
	} else if (form == HUGE_TEXT) {
		fill(out, "-----BEGIN CERTIFICATE-----\n", 20000);
	} else if (form == LINE_OF_60_KB) {
		buf_puts(out, "-----BEGIN CERTIFICATE-----\n");
		fill(out, "\n", 60000);
		buf_puts(out, "-----END CERTIFICATE-----\n");
	} else if (form == MANY_BEGINNINGS) {
		fill(out, "-----BEGIN CERTIFICATE-----\nAAAA\n", 1500);
	} else if (form == NUL_INSIDE) {
		add(out, leaf);
		buf_add(out, "\0x", 2);
	}
}

static void
write_form(struct buf *out, enum form form, X509 *leaf, X509 *middle)
{
	if (form == AS_DER) {
		add_der(out, leaf);
		return;
	}
	if (form >= EMPTY) {
		write_junk(out, form, leaf);
		return;
	}
	if (form == MIDDLE_FIRST || form == MIDDLE_ALONE)
		add(out, middle);
	if (form != MIDDLE_ALONE)
		add(out, leaf);
	if (form == LEAF_TWICE)
		add(out, leaf);
	if (form == WITH_TEXT)
		buf_puts(out, "Here is your certificate:\n");
	if (form == WITH_OTHER_PEM)
		buf_puts(out, "-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n");
	if (form != LEAF_ALONE && form != MIDDLE_FIRST && form != MIDDLE_ALONE)
		add(out, middle);
	for (int i = 0; form == A_HUNDRED && i < 98; i++)
		add(out, middle);
	if (form == WITH_KEY)
		add_key(out);
	if (form == WITH_DER_BEHIND)
		add_der(out, middle);
}

/* The CA gives this; as it stands, since base64 may hold any word. */
static void
play_chain(const struct plan *plan, enum form form, const char *headers)
{
	auto_x509 *leaf = make(plan, true), *middle = make(&(struct plan){ 0 }, false);
	auto_buf out = { 0 };

	buf_init(&out, PEM_MOST);
	write_form(&out, form, leaf, middle);
	fake_ca_play(bench.ca, &(struct fault){ .at = "certificate", .status = 200, .headers = hostile_text(headers),
	    .body = arena_memdup(bench.arena, out.len != 0 ? out.data : "", out.len + 1), .body_len = out.len });
}

static void
begin(void)
{
	static const char *const names[] = { "shop.example.com", "*.shop.example.com", NULL };
	unsigned char *der;
	size_t len;

	hostile_begin(true);
	cr_assert(csr_make(bench.arena, ours, names, NULL, &der, &len, NULL));
	hostile.part.csr = b64url_encode(bench.arena, der, len);
}

static const char *
change_of(const char *name)
{
	for (size_t i = 0; i < hostile.result.change_count; i++)
		if (strcmp(hostile.result.changes[i].name, name) == 0)
			return hostile.result.changes[i].value != NULL ? hostile.result.changes[i].value : "(cleared)";
	return "(unchanged)";
}

/* The next one is right, and is stored. */
static void
fetch_honestly(const char *name)
{
	fake_ca_calm(bench.ca);
	play_chain(&(struct plan){ 0 }, LEAF_AND_MIDDLE, NULL);
	hostile_ask(name, FETCHES, NULL);
	cr_assert_null(hostile.result.err.code, "%s, and then: %s", name, hostile.result.err.code);
	cr_assert_not_null(hostile.result.parts[0].chain, "%s", name);
	cr_assert_str_eq(change_of("serial_number"), "4711");
}

struct forgery {
	const char *name, *code;
	struct plan plan;
	enum form   form;
};

static void
judge_forgery(const struct forgery *f)
{
	const struct err *err = &hostile.result.err;

	cr_assert_not_null(err->code, "%s was taken", f->name);
	cr_assert_str_eq(err->code, f->code, "%s: %s is not %s", f->name, err->code, f->code);
	cr_assert_eq(err->blame, BLAME_CA, "%s", f->name);
	cr_assert(err->detail != NULL && strncmp(err->detail, "test_ca: ", 9) == 0, "%s: %s", f->name, err->detail);
	cr_assert_eq(hostile.result.cause, CAUSE_INFRASTRUCTURE, "%s", f->name);
	if (hostile.answer.err.code != NULL) {	/* it did not come so far as to be a chain */
		hostile_judge_error(&(struct script){ .name = f->name, .code = f->code });
	} else {
		/* The order goes, and the key too, since the CA has its CSR. */
		cr_assert(hostile.result.lost, "%s", f->name);
		cr_assert_str_eq(change_of("private_key"), "(cleared)", "%s", f->name);
		for (size_t i = 0; i < hostile.result.change_count; i++)
			cr_assert_null(hostile.result.changes[i].value, "%s: %s", f->name, hostile.result.changes[i].name);
	}
	cr_assert_null(hostile.result.parts[0].chain, "%s", f->name);
	hostile_judge_harm(f->name, 5);
}

Test(acme_hostile_chain, no_certificate_is_stored_but_the_one_that_was_ordered, .init = make_keys, .fini = free_keys)
{
	static const struct forgery table[] = {
		{ "another key", "chain_other_key", { .has_other_key = true }, LEAF_AND_MIDDLE },
		{ "an older certificate of the same names, for an older key", "chain_other_key", { .has_other_key = true, .not_before = NOW - 30 * DAY, .not_after = NOW + 60 * DAY }, LEAF_AND_MIDDLE },
		{ "another name", "chain_names", { .alt_names = "DNS:evil.test,DNS:*.evil.test" }, LEAF_AND_MIDDLE },
		{ "a name more", "chain_names", { .alt_names = "DNS:shop.example.com,DNS:*.shop.example.com,DNS:evil.test" }, LEAF_AND_MIDDLE },
		{ "a name less", "chain_names", { .alt_names = "DNS:shop.example.com" }, LEAF_AND_MIDDLE },
		{ "an address more", "chain_name_kind", { .alt_names = "DNS:shop.example.com,DNS:*.shop.example.com,IP:127.0.0.1" }, LEAF_AND_MIDDLE },
		{ "expired", "chain_expired", { .not_before = NOW - 90 * DAY, .not_after = NOW - 1 }, LEAF_AND_MIDDLE },
		{ "not yet valid", "chain_not_yet_valid", { .not_before = NOW + DAY }, LEAF_AND_MIDDLE },
		{ "a hundred years", "chain_lifetime", { .not_after = NOW + INT64_C(36500) * DAY }, LEAF_AND_MIDDLE },
		{ "a CA", "chain_leaf_is_ca", { .constraints = "critical,CA:TRUE" }, LEAF_AND_MIDDLE },
		{ "SHA-1", "chain_weak_signature", { .digest = "SHA1" }, LEAF_AND_MIDDLE },
		{ "its own issuer", "chain_not_authority", { .is_its_own_issuer = true }, LEAF_ALONE },
		{ "its own issuer, and twice", "chain_not_authority", { .is_its_own_issuer = true }, LEAF_TWICE },
		{ "of another issuer than the one that follows", "chain_order", { .is_of_another_name = true }, LEAF_AND_MIDDLE },
		{ "out of order", "chain_other_key", { 0 }, MIDDLE_FIRST },
		{ "the issuer alone", "chain_other_key", { 0 }, MIDDLE_ALONE },
		{ "a hundred certificates", "chain_too_long", { 0 }, A_HUNDRED },
		{ "our private key with it", "chain_private_key", { 0 }, WITH_KEY },
		{ "words between them", "chain_junk", { 0 }, WITH_TEXT },
		{ "a PKCS#7 between them", "chain_junk", { 0 }, WITH_OTHER_PEM },
		{ "DER behind them", "acme_protocol", { 0 }, WITH_DER_BEHIND },
		{ "DER", "acme_protocol", { 0 }, AS_DER },
		{ "nothing", "acme_protocol", { 0 }, EMPTY },
		{ "white space", "acme_protocol", { 0 }, WHITE },
		{ "HTML", "acme_protocol", { 0 }, HTML },
		{ "a NUL", "acme_protocol", { 0 }, NUL_INSIDE },
		{ "a certificate of 43 KB", "chain_certificate_too_large", { 0 }, HUGE_BLOCK },
		{ "half a megabyte", "acme_protocol", { 0 }, HUGE_TEXT },
		{ "60 KB of line ends", "chain_certificate_too_large", { 0 }, LINE_OF_60_KB },
		{ "1,500 beginnings without an end", "chain_unreadable", { 0 }, MANY_BEGINNINGS },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		begin();
		play_chain(&table[i].plan, table[i].form, NULL);
		hostile_ask(table[i].name, FETCHES, NULL);
		judge_forgery(&table[i]);
		fetch_honestly(table[i].name);
		hostile_end();
	}
}

/* ---- alternates ------------------------------------------------------------------------ */

Test(acme_hostile_chain, alternates_are_few_and_the_cas_own, .init = make_keys, .fini = free_keys)
{
	static const struct { const char *name, *links; int asked; } table[] = {
		{ "a hundred", "<<100:Link: <BASE/alternate/1>;rel=\"alternate\"\r\n>>", 8 },
		{ "a thousand in one header", "Link: <BASE/alternate/0>;rel=alternate<<1000:,<BASE/alternate/1>;rel=alternate>>\r\n", 8 },
		{ "itself", "<<10:Link: <BASE/certificate/1>;rel=\"alternate\"\r\n>>", 0 },
		{ "somebody else's", "Link: <https://127.0.0.1:BAIT/>;rel=\"alternate\"\r\nLink: <https://evil.test/>;rel=\"alternate\"\r\n", 0 },
		{ "without TLS", "Link: <http://127.0.0.1:CAPORT/alternate/1>;rel=\"alternate\"\r\n", 0 },
		{ "behind an @", "Link: <BASE@127.0.0.1:BAIT/>;rel=\"alternate\"\r\n", 0 },
		{ "of 10 KB", "Link: <BASE/alternate/<<10240:a>>>;rel=\"alternate\"\r\n", 0 },
		{ "that do not end", "Link: <BASE/alternate/1\r\nLink: <BASE/alternate/1>;rel=\"alternate\r\nLink: <<2000:,>>\r\n", 1 },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		begin();
		play_chain(&(struct plan){ 0 }, LEAF_AND_MIDDLE, table[i].links);
		hostile_ask(table[i].name, FETCHES, "Root of nobody");
		cr_assert_null(hostile.result.err.code, "%s: %s", table[i].name, hostile.result.err.code);
		cr_assert_not_null(hostile.result.parts[0].chain, "%s", table[i].name);
		cr_assert_eq(fake_ca_count(bench.ca, "alternate"), table[i].asked, "%s: %d", table[i].name, fake_ca_count(bench.ca, "alternate"));
		cr_assert_leq(fake_ca_count(bench.ca, "certificate"), 9, "%s", table[i].name);
		hostile_judge_harm(table[i].name, 13);
		hostile_end();
	}
}

/* One that is preferred, and is for another key: it is judged as any other. */
Test(acme_hostile_chain, an_alternate_is_judged_as_the_first_chain_is, .init = make_keys, .fini = free_keys)
{
	auto_x509 *forged = NULL;
	auto_buf out = { 0 };

	begin();
	forged = make(&(struct plan){ .has_other_key = true, .is_of_another_name = true }, true);
	buf_init(&out, PEM_MOST);
	add(&out, forged);
	play_chain(&(struct plan){ 0 }, LEAF_AND_MIDDLE, "Link: <BASE/alternate/1>;rel=\"alternate\"\r\n");
	fake_ca_play(bench.ca, &(struct fault){ .at = "alternate", .status = 200, .body = out.data, .body_len = out.len });
	hostile_ask("an alternate for another key", FETCHES, "Another");
	cr_assert_str_eq(hostile.result.err.code, "chain_other_key");
	judge_forgery(&(struct forgery){ .name = "an alternate for another key", .code = "chain_other_key" });
	hostile_end();
}

/* ---- when to renew --------------------------------------------------------------------- */

#define WINDOW(start, end, rest) { { .at = "renewal", .status = 200, .headers = "Retry-After: 0\r\n", \
	.body = "{\"suggestedWindow\":{\"start\":\"" start "\",\"end\":\"" end "\"}" rest "}" } }

enum { BEGAN = NOW - 30 * DAY, ENDS = NOW + 60 * DAY, LAST = ENDS - 9 * DAY };

/* Inside the first nine tenths of the certificate's life, and asked for again
 * after a minute at the soonest. */
static void
is_sane(const struct acme_answer *answer)
{
	const struct acme_window *w = answer->window;

	cr_assert(w->start >= BEGAN && w->start <= w->end && w->end <= LAST, "%lld to %lld", (long long)w->start, (long long)w->end);
	cr_assert(w->retry_after >= 60 && w->retry_after <= DAY, "%lld", (long long)w->retry_after);
	cr_assert_null(w->explanation);
}

static void
is_now(const struct acme_answer *answer)
{
	is_sane(answer);
	cr_assert(answer->window->start == BEGAN && answer->window->end == BEGAN);
}

Test(acme_hostile_chain, renewal_information_is_obeyed_within_reason)
{
	static const struct script scripts[] = {
		{ "a window of a century", WINDOWS, WINDOW("1980-01-01T00:00:00Z", "2080-01-01T00:00:00Z", ""), .check = is_sane },
		{ "long ago, for ever", WINDOWS, WINDOW("1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z", ""), .check = is_now },
		{ "it ends before it starts", WINDOWS, WINDOW("2027-01-20T00:00:00Z", "2027-01-19T00:00:00Z", ""), .code = "acme_protocol" },
		{ "it ends as it starts", WINDOWS, WINDOW("2027-01-20T00:00:00Z", "2027-01-20T00:00:00Z", ""), .code = "acme_protocol" },
		{ "after the certificate's end", WINDOWS, WINDOW("2090-01-01T00:00:00Z", "2091-01-01T00:00:00Z", ""), .code = "acme_protocol" },
		{ "in the last hour of the certificate", WINDOWS, WINDOW("2027-03-16T06:00:00Z", "2027-03-16T07:00:00Z", ""), .code = "acme_protocol" },
		{ "the year 100000", WINDOWS, WINDOW("100000-01-01T00:00:00Z", "100001-01-01T00:00:00Z", ""), .code = "acme_protocol" },
		{ "times that are numbers", WINDOWS, { { .at = "renewal", .status = 200, .body = "{\"suggestedWindow\":{\"start\":0,\"end\":1}}" } }, .code = "acme_protocol" },
		{ "an explanation that is a script", WINDOWS, WINDOW("2027-01-20T00:00:00Z", "2027-01-21T00:00:00Z", ",\"explanationURL\":\"javascript:alert(1)\""), .check = is_sane },
		{ "an explanation with line ends", WINDOWS, WINDOW("2027-01-20T00:00:00Z", "2027-01-21T00:00:00Z", ",\"explanationURL\":\"https://a.test/\\r\\n\\u001b[2J\""), .check = is_sane },
		{ "an explanation of 100 KB", WINDOWS, WINDOW("2027-01-20T00:00:00Z", "2027-01-21T00:00:00Z", ",\"explanationURL\":\"https://a.test/<<100000:a>>\""), .check = is_sane },
		{ "an explanation that is a number", WINDOWS, WINDOW("2027-01-20T00:00:00Z", "2027-01-21T00:00:00Z", ",\"explanationURL\":7"), .check = is_sane },
	};

	HOSTILE_RUN(scripts);
}

/* ---- connections ----------------------------------------------------------------------- */

#define BREAKS(resource) { { .at = (resource), .resets = true } }
#define RAW(resource, text, again_) { { .at = (resource), .raw = true, .body = (text), .again = (again_) } }

Test(acme_hostile_chain, connections_that_break_and_replies_that_are_none)
{
	static const struct script scripts[] = {
		{ "reset when the directory is asked", PLACES, BREAKS("directory"), .code = "acme_unreachable" },
		{ "reset at newNonce", PLACES, BREAKS("nonce"), .code = "acme_unreachable" },
		{ "reset at the order", READS, BREAKS("order"), .code = "acme_unreachable" },
		{ "closed at the certificate", FETCHES, { { .at = "certificate" } }, .code = "acme_unreachable" },
		{ "the reply to newOrder is lost", PLACES, { { .at = "order-new", .lost = true } }, .code = "acme_unreachable", .most = 4 },
		{ "the reply to newOrder is lost by a reset", PLACES, { { .at = "order-new", .lost = true, .resets = true } }, .code = "acme_unreachable", .most = 4 },
		{ "the reply to finalize is lost", FINISHES, { { .at = "finalize", .lost = true } }, .code = "acme_unreachable", .most = 4 },
		{ "closed at the challenge", TELLS, { { .at = "challenge" } }, .code = "acme_unreachable" },
		{ "closed after the headers", READS, RAW("order", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", NULL), .code = "acme_unreachable" },
		{ "closed in the middle", READS, { { .at = "order", .status = 200, .keep_body = true, .half = true } }, .code = "acme_unreachable" },
		{ "closed in the middle of the headers", READS, RAW("order", "HTTP/1.1 200 OK\r\nContent-Le", NULL), .code = "acme_protocol" },
		{ "closed in the middle of a chunk", READS, RAW("order", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{\"a\":", NULL), .code = "acme_unreachable" },
		{ "a chunk of 2^64", READS, RAW("order", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n{}", NULL), .code = "acme_unreachable" },
		{ "a negative length", READS, RAW("order", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}", NULL), .code = "acme_unreachable" },
		{ "two lengths", READS, RAW("order", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 1\r\n\r\n{}", NULL), .code = "acme_protocol" },
		{ "not HTTP", READS, RAW("order", "220 mail.example.com ESMTP\r\n", NULL), .code = "acme_unreachable" },
		{ "a body without a head", READS, RAW("order", "{\"status\":\"valid\"}", NULL), .code = "acme_unreachable" },
		{ "a status of four digits", READS, RAW("order", "HTTP/1.1 2000 OK\r\n\r\n{}", NULL), .code = "acme_unreachable" },
		{ "headers without an end", READS, RAW("order", "HTTP/1.1 200 OK\r\n", "X: <<1000:y>>\r\n"), .code = "acme_protocol", .says = "64 KiB" },
		{ "a header without an end", READS, RAW("order", "HTTP/1.1 200 OK\r\nX: ", "<<1000:y>>"), .code = "acme_protocol" },
		{ "100 Continue without an end", READS, RAW("order", "", "HTTP/1.1 100 Continue\r\n\r\n"), .code = "acme_protocol", .says = "64 KiB" },
		{ "early hints and nothing more", READS, RAW("order", "HTTP/1.1 103 Early Hints\r\n\r\n", NULL), .code = "acme_unreachable" },
		{ "another protocol", READS, RAW("order", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: evil\r\nConnection: Upgrade\r\n\r\n", NULL), .code = "acme_unreachable" },
		{ "NUL in a header", READS, { { .at = "order", .raw = true, .body = "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\n{}", .body_len = 48 } }, .code = "acme_unreachable" },
	};

	HOSTILE_RUN(scripts);
}

/* ---- TLS ------------------------------------------------------------------------------- */

struct impostor {
	const char *name;
	struct fake_identity identity;
	bool	    is_not_trusted;
};

Test(acme_hostile_chain, tls_that_is_not_the_cas_own_is_not_spoken)
{
	static const struct impostor table[] = {
		{ "a certificate that nobody trusts", { 0 }, true },
		{ "a certificate for another name", { .alt_names = "DNS:evil.test" }, false },
		{ "a certificate for another address", { .alt_names = "IP:127.0.0.2" }, false },
		{ "a certificate that has expired", { .has_expired = true }, false },
		{ "TLS 1.1", { .speaks_tls_1_1 = true }, false },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		const struct script script = { table[i].name, .code = "acme_unreachable", .says = "http_tls" };
		struct fake_ca *impostor = fake_ca_new_as(&table[i].identity);
		struct acme_ca honest;

		hostile_begin(true);
		honest = bench.row;
		bench.row.directory = fake_ca_directory(impostor);
		if (!table[i].is_not_trusted)
			bench.row.trust_file = fake_ca_trust_file(impostor);
		hostile_ask(script.name, PLACES, NULL);
		hostile_judge_error(&script);
		cr_assert_eq(fake_ca_requests(impostor), 0, "%s", script.name);
		hostile_judge_harm(script.name, 1);
		bench.row = honest;
		hostile_order_honestly(script.name);
		hostile_end();
		fake_ca_free(impostor);
	}
}

/* ---- time ------------------------------------------------------------------------------ */

enum { SLOW = 6 };

/* All at once, since each takes what time we give: thirty seconds at most. */
Test(acme_hostile_chain, a_ca_that_is_slow_is_given_half_a_minute)
{
	static const struct fault faults[SLOW] = {
		{ .at = "directory", .status = 200, .headers = "Content-Length: 90000\r\n", .body = "{", .again = " ", .drips = 8 },
		{ .at = "directory", .raw = true, .body = "HTTP/1.1 200 OK\r\n", .again = "X: y\r\n", .drips = 50 },
		{ .at = "directory", .status = 200, .headers = "Content-Length: 90000\r\n", .body = "{", .again = " ", .drips = 100 },
		{ .at = "directory", .raw = true, .body = "HTTP/1.1 100 Continue\r\n\r\n", .again = "HTTP/1.1 100 Continue\r\n\r\n", .drips = 100 },
	};
	struct fake_ca *slow[SLOW] = { NULL };
	struct ask *asks[SLOW];
	struct acme_question q = { .act = ACME_READ_DIRECTORY };
	unsigned port;
	int mute, silent = 4;
	int64_t began;

	hostile_begin(true);
	mute = server_socket(SOCK_STREAM, &port);	/* takes connections, and never says a word */
	began = loop_now_ms(bench.loop);
	for (int i = 0; i < SLOW; i++) {
		q.ca = bench.row;
		q.ca.id = arena_printf(bench.arena, "ca-%d", i);
		q.ca.directory = arena_printf(bench.arena, "https://127.0.0.1:%u/dir", port);
		if (i < SLOW - 1) {
			slow[i] = fake_ca_new();
			q.ca.directory = fake_ca_directory(slow[i]);
			q.ca.trust_file = fake_ca_trust_file(slow[i]);
			fake_ca_play(slow[i], &faults[i]);
		}
		if (i == silent)
			fake_ca_hold(slow[i], "directory");	/* takes the request, and never answers */
		asks[i] = acme_start(q);
	}
	/* Meanwhile another CA is served. */
	hostile_order_honestly("six slow ones");
	for (int i = 0; i < SLOW; i++) {
		acme_wait(asks[i]);
		hostile.answer = asks[i]->answer;
		hostile_judge_error(&(struct script){ .name = arena_printf(bench.arena, "slow %d", i), .code = "acme_unreachable", .says = "http_timeout" });
		cr_assert_leq(loop_now_ms(bench.loop) - began, 32000, "%d: %lld ms", i, (long long)(loop_now_ms(bench.loop) - began));
	}
	hostile_judge_harm("six slow ones", 10);
	hostile_end();
	for (int i = 0; i < SLOW; i++)
		if (slow[i] != NULL)
			fake_ca_free(slow[i]);
	close(mute);
}
