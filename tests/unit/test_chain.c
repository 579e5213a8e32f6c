/*
 * Chains, made by OpenSSL in the test: each is right but for the one thing
 * that its row says.
 */
#include <criterion/criterion.h>
#include <openssl/pem.h>
#include <string.h>
#include "acme/chain.h"
#include "acme/csr.h"
#include "acme/openssl.h"
#include "base/b64.h"
#include "base/buf.h"

#define NOW INT64_C(1800000000)
enum { DAY = 86400, HOUR = 3600 };

static const char *const names[] = { "shop.example.com", "*.shop.example.com", NULL };

enum kind { LEAF, MIDDLE, ROOT };
struct plan {			/* what is odd about one certificate; zero: nothing */
	const char  *alt_names;		/* "DNS:a,DNS:b" */
	const char  *common_name;
	const char  *issuer_name;
	const char  *constraints, *usage, *extended_usage;	/* "-": without the extension */
	const char  *critical_oid;
	int64_t	     not_before, not_after;
	const char  *written_not_before;	/* as it stands in the certificate */
	const char  *serial;		/* decimal */
	const char  *digest;		/* "SHA1" */
	EVP_PKEY    *key;		/* of the subject */
	EVP_PKEY    *signer;
	bool	     no_alt_names, nul_in_name;
};

struct authority {
	EVP_PKEY *root, *middle, *p256, *rsa, *other;
};

static struct authority *
authority(void)
{
	static struct authority it;

	if (it.root == NULL)
		it = (struct authority){ EVP_EC_gen("P-384"), EVP_EC_gen("P-256"), EVP_EC_gen("P-256"),
		    EVP_RSA_gen(2048), EVP_EC_gen("P-256") };
	return &it;
}

static void
authority_free(void)
{
	struct authority *it = authority();

	EVP_PKEY_free(it->root);
	EVP_PKEY_free(it->middle);
	EVP_PKEY_free(it->p256);
	EVP_PKEY_free(it->rsa);
	EVP_PKEY_free(it->other);
	*it = (struct authority){ 0 };
}

static void
add_extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e;

	if (value == NULL || strcmp(value, "-") == 0)
		return;
	e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	cr_assert_not_null(e, "%s", value);
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
}

static void
add_nul_name(X509 *x)
{
	auto_general_names *list = GENERAL_NAMES_new();
	GENERAL_NAME *one = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();

	ASN1_STRING_set(text, "shop.example.com\0.evil.test", 27);
	GENERAL_NAME_set0_value(one, GEN_DNS, text);
	sk_GENERAL_NAME_push(list, one);
	X509_add1_ext_i2d(x, NID_subject_alt_name, list, 0, X509V3_ADD_APPEND);
}

static void
set_name(X509_NAME *name, const char *organization, const char *common_name)
{
	if (organization != NULL)
		X509_NAME_add_entry_by_NID(name, NID_organizationName, MBSTRING_UTF8, (const unsigned char *)organization, -1, -1, 0);
	if (common_name != NULL)
		X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0);
}

static void
set_times(X509 *x, const struct plan *p)
{
	ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(p->not_before != 0 ? p->not_before : NOW - HOUR));
	ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(p->not_after != 0 ? p->not_after : NOW + 90 * DAY));
	if (p->written_not_before != NULL)
		ASN1_STRING_set(X509_getm_notBefore(x), p->written_not_before, -1);
}

static void
set_serial(X509 *x, const char *decimal)
{
	BIGNUM *n = NULL;

	BN_dec2bn(&n, decimal != NULL ? decimal : "1193046");
	BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x));
	BN_free(n);
}

static void
add_extensions(X509 *x, enum kind kind, const struct plan *p)
{
	const char *constraints = kind == LEAF ? "critical,CA:FALSE" : "critical,CA:TRUE";
	const char *usage = kind == LEAF ? "critical,digitalSignature" : "critical,keyCertSign,cRLSign";

	add_extension(x, NID_basic_constraints, p->constraints != NULL ? p->constraints : constraints);
	add_extension(x, NID_key_usage, p->usage != NULL ? p->usage : usage);
	if (kind == LEAF) {
		add_extension(x, NID_ext_key_usage, p->extended_usage != NULL ? p->extended_usage : "serverAuth,clientAuth");
		if (p->nul_in_name)
			add_nul_name(x);
		else if (!p->no_alt_names)
			add_extension(x, NID_subject_alt_name, p->alt_names != NULL ? p->alt_names :
			    "DNS:*.shop.example.com,DNS:shop.example.com");
	}
	if (p->critical_oid != NULL) {
		ASN1_OBJECT *oid = OBJ_txt2obj(p->critical_oid, 1);
		ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
		X509_EXTENSION *e;

		ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05\x00", 2);
		e = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
		X509_add_ext(x, e, -1);
		X509_EXTENSION_free(e);
		ASN1_OCTET_STRING_free(value);
		ASN1_OBJECT_free(oid);
	}
}

static X509 *
make(enum kind kind, const struct plan *p)
{
	static const char *const subjects[] = { NULL, "Middle 1", "Root 1" };
	static const char *const issuers[] = { "Middle 1", "Root 1", "Root 1" };
	struct authority *it = authority();
	EVP_PKEY *keys[] = { it->p256, it->middle, it->root }, *signers[] = { it->middle, it->root, it->root };
	EVP_PKEY *signer = p->signer != NULL ? p->signer : signers[kind];
	X509 *x = X509_new();

	X509_set_version(x, X509_VERSION_3);
	set_serial(x, p->serial);
	set_times(x, p);
	set_name(X509_get_subject_name(x), kind == LEAF ? NULL : "Test Trust", p->common_name != NULL ? p->common_name : subjects[kind]);
	set_name(X509_get_issuer_name(x), "Test Trust", p->issuer_name != NULL ? p->issuer_name : issuers[kind]);
	X509_set_pubkey(x, p->key != NULL ? p->key : keys[kind]);
	add_extensions(x, kind, p);
	cr_assert_gt(X509_sign(x, signer, EVP_get_digestbyname(p->digest != NULL ? p->digest : "SHA256")), 0);
	return x;
}

static void
add_pem(struct buf *pem, X509 *x)
{
	auto_bio *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	PEM_write_bio_X509(bio, x);
	len = BIO_get_mem_data(bio, &text);
	buf_add(pem, text, (size_t)len);
}

/* Leaf and middle by plan, as PEM in the arena. */
static char *
chain_of(struct arena *a, const struct plan *leaf, const struct plan *middle)
{
	auto_x509 *l = make(LEAF, leaf), *m = make(MIDDLE, middle);
	auto_buf pem = { 0 };

	buf_init(&pem, 1 << 20);
	add_pem(&pem, l);
	add_pem(&pem, m);
	return arena_strndup(a, pem.data, pem.len);
}

static const char *
csr_of(struct arena *a, EVP_PKEY *key)
{
	unsigned char *der;
	size_t len;

	cr_assert(csr_make(a, key, names, NULL, &der, &len, NULL));
	return b64url_encode(a, der, len);
}

static void
refuse(struct arena *a, const char *pem, const char *csr, const char *code, const char *why)
{
	struct chain_facts facts = { .count = 77 };
	struct err err = { 0 };

	cr_assert_not(chain_check(a, pem, csr, names, NOW, &facts, &err), "%s was taken", why);
	cr_assert_str_eq(err.code, code, "%s: %s is not %s (%s)", why, err.code, code, err.detail != NULL ? err.detail : "");
	cr_assert_eq(facts.count, 77);
	cr_assert_eq(err.blame, strcmp(code, "key_question") == 0 ? BLAME_US : BLAME_CA);
	cr_assert_str_neq(err_sentence(err.code), err.code);
}

TestSuite(chain, .fini = authority_free);

/* ---- good ones ------------------------------------------------------------- */

Test(chain, a_p256_chain_is_taken_and_its_facts_are_told)
{
	auto_arena *a = arena_new(1 << 20);
	auto_buf messy = { 0 };
	const char *pem = chain_of(a, &(struct plan){ .serial = "340282366920938463463374607431768211456" }, &(struct plan){ 0 });
	struct chain_facts f;
	struct err err = { 0 };

	cr_assert(chain_check(a, pem, csr_of(a, authority()->p256), names, NOW, &f, &err), "%s", err.code);
	cr_assert_str_eq(f.serial_number, "340282366920938463463374607431768211456");
	cr_assert_str_eq(f.serial_hex, "0100000000000000000000000000000000");
	cr_assert_eq(f.not_before, NOW - HOUR);
	cr_assert_eq(f.not_after, NOW + 90 * DAY);
	cr_assert_str_eq(f.issuer, "Test Trust");
	cr_assert_str_eq(f.signature, "ECDSAWithSHA256");
	cr_assert_str_eq(f.key_type, "p256");
	cr_assert_eq(strspn(f.sha256, "0123456789abcdef"), 64);
	cr_assert_eq(strlen(f.sha256), 64);
	cr_assert_eq(f.count, 2);
	cr_assert_str_eq(f.pem, pem);
	/* line ends and empty lines are the CA's taste */
	buf_init(&messy, 1 << 16);
	buf_puts(&messy, "\r\n\r\n");
	for (const char *p = pem; *p != '\0'; p++)
		buf_puts(&messy, *p == '\n' ? "\r\n" : (char[]){ *p, '\0' });
	cr_assert(chain_check(a, messy.data, csr_of(a, authority()->p256), names, NOW, &f, NULL));
	cr_assert_str_eq(f.pem, pem);
}

Test(chain, an_rsa_chain_is_taken)
{
	auto_arena *a = arena_new(1 << 20);
	struct authority *it = authority();
	auto_pkey *big = EVP_RSA_gen(3072);
	const char *pem = chain_of(a, &(struct plan){ .key = it->rsa, .signer = big, .usage = "digitalSignature,keyEncipherment",
	    .common_name = "shop.example.com", .alt_names = "DNS:SHOP.example.com,DNS:*.shop.example.com" },
	    &(struct plan){ .key = big });
	struct chain_facts f;
	struct err err = { 0 };

	cr_assert(chain_check(a, pem, csr_of(a, it->rsa), names, NOW, &f, &err), "%s", err.code);
	cr_assert_str_eq(f.key_type, "rsa2048");
	cr_assert_str_eq(f.signature, "SHA256WithRSA");
	cr_assert_str_eq(f.serial_number, "1193046");
	cr_assert_str_eq(f.serial_hex, "123456");
}

Test(chain, with_its_root_or_without_any_issuer_a_leaf_is_taken)
{
	auto_arena *a = arena_new(1 << 20);
	auto_x509 *root = make(ROOT, &(struct plan){ 0 }), *leaf = make(LEAF, &(struct plan){ .usage = "-", .extended_usage = "-", .constraints = "-" });
	auto_buf pem = { 0 };
	struct chain_facts f;

	buf_init(&pem, 1 << 16);
	add_pem(&pem, leaf);
	cr_assert(chain_check(a, pem.data, csr_of(a, authority()->p256), names, NOW, &f, NULL));
	cr_assert_eq(f.count, 1);
	buf_reset(&pem);
	buf_puts(&pem, chain_of(a, &(struct plan){ 0 }, &(struct plan){ 0 }));
	add_pem(&pem, root);
	cr_assert(chain_check(a, pem.data, csr_of(a, authority()->p256), names, NOW, &f, NULL));
	cr_assert_eq(f.count, 3);
}

/* ---- leaves that are wrong ------------------------------------------------- */

Test(chain, a_leaf_that_is_not_what_was_ordered_is_refused)
{
	struct authority *it = authority();
	auto_pkey *rsa1024 = EVP_RSA_gen(1024), *rsa3072 = EVP_RSA_gen(3072), *p521 = EVP_EC_gen("P-521"),
	    *k1 = EVP_EC_gen("secp256k1"), *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	const struct { const char *why, *code; struct plan plan; } table[] = {
		{ "another key", "chain_other_key", { .key = it->other } },
		{ "an RSA key for an EC request", "chain_other_key", { .key = it->rsa } },
		{ "RSA-1024", "chain_weak_key", { .key = rsa1024 } },
		{ "RSA-3072", "chain_weak_key", { .key = rsa3072 } },
		{ "P-521", "chain_weak_key", { .key = p521 } },
		{ "secp256k1", "chain_weak_key", { .key = k1 } },
		{ "Ed25519", "chain_weak_key", { .key = ed } },
		{ "SHA-1", "chain_weak_signature", { .digest = "SHA1" } },
		{ "SHA-224", "chain_weak_signature", { .digest = "SHA224" } },
		{ "a name less", "chain_names", { .alt_names = "DNS:shop.example.com" } },
		{ "a name more", "chain_names", { .alt_names = "DNS:shop.example.com,DNS:*.shop.example.com,DNS:evil.test" } },
		{ "other names", "chain_names", { .alt_names = "DNS:evil.test" } },
		{ "a final dot", "chain_names", { .alt_names = "DNS:shop.example.com.,DNS:*.shop.example.com" } },
		{ "the wildcard for the name", "chain_names", { .alt_names = "DNS:*.shop.example.com" } },
		{ "no names", "chain_names", { .no_alt_names = true } },
		{ "no names but a common name", "chain_names", { .no_alt_names = true, .common_name = "shop.example.com" } },
		{ "an address", "chain_name_kind", { .alt_names = "DNS:shop.example.com,DNS:*.shop.example.com,IP:192.0.2.1" } },
		{ "a mail address", "chain_name_kind", { .alt_names = "DNS:shop.example.com,DNS:*.shop.example.com,email:a@b.test" } },
		{ "a NUL in a name", "chain_name_kind", { .nul_in_name = true } },
		{ "another common name", "chain_common_name", { .common_name = "evil.test" } },
		{ "valid in an hour", "chain_not_yet_valid", { .not_before = NOW + HOUR } },
		{ "valid in 601 s", "chain_not_yet_valid", { .not_before = NOW + 601 } },
		{ "expired", "chain_expired", { .not_after = NOW - 1 } },
		{ "expires now", "chain_expired", { .not_after = NOW } },
		{ "a hundred years", "chain_lifetime", { .not_after = NOW + INT64_C(36500) * DAY } },
		{ "ends before it begins", "chain_lifetime", { .not_after = NOW - 2 * HOUR } },
		{ "a date with a zone, which clients do not read", "chain_lifetime", { .written_not_before = "270115070000+0000" } },
		{ "a CA", "chain_leaf_is_ca", { .constraints = "critical,CA:TRUE" } },
		{ "for clients", "chain_key_usage", { .extended_usage = "clientAuth" } },
		{ "for signing code", "chain_key_usage", { .extended_usage = "codeSigning" } },
		{ "that may not sign", "chain_key_usage", { .usage = "keyAgreement" } },
		{ "serial 0", "chain_serial", { .serial = "0" } },
		{ "serial -1", "chain_serial", { .serial = "-1" } },
		{ "a serial of 21 octets", "chain_serial", { .serial = "1461501637330902918203684832716283019655932542976" } },
		{ "an unknown critical extension", "chain_critical_extension", { .critical_oid = "1.3.6.1.4.1.99999.1" } },
		{ "a precertificate", "chain_critical_extension", { .critical_oid = "1.3.6.1.4.1.11129.2.4.3" } },
		{ "of another issuer", "chain_order", { .issuer_name = "Middle 2" } },
		{ "with another's signature", "chain_broken", { .signer = it->other } },
	};
	auto_arena *a = arena_new(4 << 20);
	const char *csr = csr_of(a, it->p256);

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		refuse(a, chain_of(a, &table[i].plan, &(struct plan){ 0 }), csr, table[i].code, table[i].why);
	/* what is just within */
	cr_assert(chain_check(a, chain_of(a, &(struct plan){ .not_before = NOW + 600, .not_after = NOW + 601 }, &(struct plan){ 0 }),
	    csr, names, NOW, &(struct chain_facts){ 0 }, NULL));
}

Test(chain, an_rsa_leaf_of_1024_bits_is_refused_even_if_we_asked_for_it)
{
	auto_arena *a = arena_new(1 << 20);
	auto_pkey *weak = EVP_RSA_gen(1024);

	refuse(a, chain_of(a, &(struct plan){ .key = weak }, &(struct plan){ 0 }), csr_of(a, weak), "chain_weak_key", "RSA-1024");
}

Test(chain, explicit_curve_parameters_are_refused)
{
	auto_arena *a = arena_new(1 << 20);
	auto_pkey *key = EVP_PKEY_dup(authority()->p256), *back = NULL;
	unsigned char *der = NULL;
	const unsigned char *at;
	int len;

	cr_assert_eq(EVP_PKEY_set_utf8_string_param(key, "encoding", "explicit"), 1);
	len = i2d_PUBKEY(key, &der);
	at = der;
	back = d2i_PUBKEY(NULL, &at, len);
	OPENSSL_free(der);
	cr_assert_not_null(back);
	refuse(a, chain_of(a, &(struct plan){ .key = back }, &(struct plan){ 0 }), csr_of(a, authority()->p256), "chain_weak_key", "explicit curve");
}

/* ---- issuers that are wrong ------------------------------------------------ */

Test(chain, an_issuer_that_may_not_issue_is_refused)
{
	struct authority *it = authority();
	auto_pkey *rsa1024 = EVP_RSA_gen(1024);
	const struct { const char *why, *code; struct plan plan; } table[] = {
		{ "no CA", "chain_not_authority", { .constraints = "CA:FALSE" } },
		{ "no constraints", "chain_not_authority", { .constraints = "-", .usage = "digitalSignature" } },
		{ "may not sign certificates", "chain_not_authority", { .usage = "cRLSign" } },
		{ "another name", "chain_order", { .common_name = "Middle 2" } },
		{ "another key", "chain_broken", { .key = it->other } },
		{ "expired", "chain_expired", { .not_after = NOW - 1 } },
		{ "not valid yet", "chain_not_yet_valid", { .not_before = NOW + HOUR } },
		{ "a date that is none", "chain_lifetime", { .written_not_before = "27011507000xZ" } },
		{ "SHA-1", "chain_weak_signature", { .digest = "SHA1" } },
		{ "RSA-1024", "chain_weak_key", { .key = rsa1024 } },
		{ "an unknown critical extension", "chain_critical_extension", { .critical_oid = "1.3.6.1.4.1.99999.1" } },
	};
	auto_arena *a = arena_new(4 << 20);
	const char *csr = csr_of(a, it->p256);

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		refuse(a, chain_of(a, &(struct plan){ 0 }, &table[i].plan), csr, table[i].code, table[i].why);
}

Test(chain, certificates_out_of_order_are_refused)
{
	auto_arena *a = arena_new(1 << 20);
	auto_x509 *leaf = make(LEAF, &(struct plan){ 0 }), *middle = make(MIDDLE, &(struct plan){ 0 }), *root = make(ROOT, &(struct plan){ 0 });
	const struct { X509 *list[4]; const char *code; } table[] = {
		{ { middle, leaf, root }, "chain_other_key" },
		{ { leaf, root, middle }, "chain_order" },
		{ { leaf, leaf }, "chain_order" },
		{ { leaf, middle, middle }, "chain_order" },
		{ { root }, "chain_weak_key" },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		auto_buf pem = { 0 };

		buf_init(&pem, 1 << 16);
		for (size_t k = 0; table[i].list[k] != NULL; k++)
			add_pem(&pem, table[i].list[k]);
		refuse(a, pem.data, csr_of(a, authority()->p256), table[i].code, "order");
	}
}

/* ---- text that is wrong ---------------------------------------------------- */

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END "-----END CERTIFICATE-----\n"

Test(chain, text_that_is_no_chain_is_refused)
{
	auto_arena *a = arena_new(8 << 20);
	const char *csr = csr_of(a, authority()->p256), *good = chain_of(a, &(struct plan){ 0 }, &(struct plan){ 0 });
	char *broken = arena_strdup(a, good), *large = arena_alloc(a, CHAIN_MAX_BYTES + 2), *wide = arena_alloc(a, CHAIN_MAX_DER * 2);

	broken[400] = '!';
	memset(large, '\n', CHAIN_MAX_BYTES + 1);
	memset(wide, 'A', (CHAIN_MAX_DER + 2) / 3 * 4 + 4);
	const struct { const char *why, *code, *pem; } table[] = {
		{ "nothing", "chain_empty", "" },
		{ "white space", "chain_empty", " \r\n\t" },
		{ "a page", "chain_junk", "<html>" },
		{ "text before it", "chain_junk", arena_printf(a, "subject=x\n%s", good) },
		{ "text behind it", "chain_junk", arena_printf(a, "%sthe end", good) },
		{ "a private key", "chain_private_key", arena_printf(a, "%s-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", good) },
		{ "an RSA key", "chain_private_key", arena_printf(a, "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n%s", good) },
		{ "a CRL", "chain_junk", arena_printf(a, "%s-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", good) },
		{ "PKCS#7", "chain_junk", "-----BEGIN PKCS7-----\nAAAA\n-----END PKCS7-----\n" },
		{ "no end", "chain_unreadable", BEGIN "AAAA" },
		{ "another end", "chain_unreadable", BEGIN "AAAA\n-----END X509 CRL-----\n" },
		{ "no base64", "chain_unreadable", broken },
		{ "headers", "chain_unreadable", BEGIN "Proc-Type: 4,ENCRYPTED\n\nAAAA\n" END },
		{ "an empty block", "chain_unreadable", BEGIN END },
		{ "no DER", "chain_unreadable", BEGIN "AAAA\n" END },
		{ "65,537 octets", "chain_too_large", large },
		{ "a block too large", "chain_certificate_too_large", arena_printf(a, BEGIN "%s\n" END, wide) },
		{ "eleven", "chain_too_long", arena_printf(a, "%s%s%s%s%s%s", good, good, good, good, good, good) },
	};
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		refuse(a, table[i].pem, csr, table[i].code, table[i].why);
}

Test(chain, something_behind_the_der_is_refused)
{
	auto_arena *a = arena_new(1 << 20);
	auto_x509 *leaf = make(LEAF, &(struct plan){ 0 });
	unsigned char *der = NULL;
	int len = i2d_X509(leaf, &der);
	unsigned char *more = arena_alloc(a, (size_t)len + 3);

	memcpy(more, der, (size_t)len);
	OPENSSL_free(der);
	refuse(a, arena_printf(a, BEGIN "%s\n" END, b64_encode(a, more, (size_t)len + 3)), csr_of(a, authority()->p256), "chain_unreadable", "a tail");
	refuse(a, arena_printf(a, BEGIN "%s\n" END, b64_encode(a, more, (size_t)len - 3)), csr_of(a, authority()->p256), "chain_unreadable", "cut off");
}

Test(chain, our_own_bad_request_is_our_fault)
{
	auto_arena *a = arena_new(1 << 20);
	const char *pem = chain_of(a, &(struct plan){ 0 }, &(struct plan){ 0 });

	refuse(a, pem, "", "key_question", "no CSR");
	refuse(a, pem, "AAAA", "key_question", "no CSR");
	refuse(a, pem, "====", "key_question", "no CSR");
}
