/*
 * The checks that a chain must pass, from cheap to dear: size and shape of the
 * text (acme/pem), then each certificate by itself, then the leaf against what
 * was ordered, then the links.  A certificate that is right in itself but not
 * ours is as useless as a forged one, and is refused the same way.
 */
#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <string.h>
#include <strings.h>
#include "acme/chain.h"
#include "acme/openssl.h"
#include "acme/pem.h"
#include "base/b64.h"

enum { CLOCK_TOLERANCE = 600, SECONDS_A_DAY = 86400 };

struct chain {
	struct pem_block blocks[CHAIN_MAX_CERTIFICATES];
	X509 *list[CHAIN_MAX_CERTIFICATES];	/* leaf first */
	size_t count;
};

static void
chain_cleanup(struct chain *c)
{
	for (size_t i = 0; i < CHAIN_MAX_CERTIFICATES; i++)
		X509_free(c->list[i]);
	ERR_clear_error();	/* what could not be read is no news to the next who looks */
}
#define auto_chain __attribute__((cleanup(chain_cleanup))) struct chain

/* ---- Can every certificate be read? ---------------------------------------- */

static bool
read_chain(struct arena *a, const char *pem, struct chain *c, struct err *ret_err)
{
	if (!pem_split(a, pem, c->blocks, &c->count, ret_err))
		return false;
	for (size_t i = 0; i < c->count; i++) {
		const unsigned char *at = c->blocks[i].der;
		uint32_t flags;

		c->list[i] = d2i_X509(NULL, &at, (long)c->blocks[i].len);
		if (c->list[i] == NULL || at != c->blocks[i].der + c->blocks[i].len)
			return err_set(ret_err, ERR_chain_unreadable, "it is not one X.509 certificate");
		flags = X509_get_extension_flags(c->list[i]);
		if (flags & EXFLAG_INVALID)
			return err_set(ret_err, ERR_chain_unreadable, "its extensions cannot be read");
		if (flags & EXFLAG_CRITICAL)
			return err_set(ret_err, ERR_chain_critical_extension, NULL);
	}
	return true;
}

/* ---- Are its key and its signature strong enough? -------------------------- */

/* "p256", "rsa2048" for what a leaf may have, "" for other keys that are good
 * enough for an issuer, NULL for the rest. */
static const char *
key_type(const X509 *cert)
{
	const EVP_PKEY *key = X509_get0_pubkey(cert);
	int bits, is_explicit = 0;
	char group[64];

	if (key == NULL)
		return NULL;
	bits = EVP_PKEY_get_bits(key);
	if (EVP_PKEY_is_a(key, "RSA"))
		return bits == 2048 ? "rsa2048" : bits > 2048 && bits <= 8192 ? "" : NULL;
	if (!EVP_PKEY_is_a(key, "EC") ||
	    EVP_PKEY_get_group_name(key, group, sizeof group, NULL) != 1)
		return NULL;
	/* Parameters spelled out instead of a named curve: CVE-2020-0601. */
	EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit);
	if (is_explicit)
		return NULL;
	if (strcmp(group, "prime256v1") == 0)
		return "p256";
	return strcmp(group, "secp384r1") == 0 || strcmp(group, "secp521r1") == 0 ? "" : NULL;
}

static const char *
signature_name(const X509 *cert)
{
	static const struct { int nid; const char *name; } names[] = {
		{ NID_ecdsa_with_SHA256, "ECDSAWithSHA256" },
		{ NID_ecdsa_with_SHA384, "ECDSAWithSHA384" },
		{ NID_ecdsa_with_SHA512, "ECDSAWithSHA512" },
		{ NID_sha256WithRSAEncryption, "SHA256WithRSA" },
		{ NID_sha384WithRSAEncryption, "SHA384WithRSA" },
		{ NID_sha512WithRSAEncryption, "SHA512WithRSA" },
	};
	int nid = X509_get_signature_nid(cert);

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].nid == nid)
			return names[i].name;
	return NULL;
}

static bool
check_strength(const struct chain *c, struct err *ret_err)
{
	for (size_t i = 0; i < c->count; i++) {
		const char *type = key_type(c->list[i]);

		if (type == NULL || (i == 0 && *type == '\0'))
			return err_set(ret_err, ERR_chain_weak_key, NULL);
		if (signature_name(c->list[i]) == NULL)
			return err_set(ret_err, ERR_chain_weak_signature, NULL);
	}
	return true;
}

/* ---- Is the leaf for our key? ---------------------------------------------- */

static bool
check_key(struct arena *a, const X509 *leaf, const char *csr, struct err *ret_err)
{
	auto_request *request = NULL;
	const unsigned char *at;
	unsigned char *der;
	size_t len;

	if (b64url_decode(a, csr, &der, &len)) {
		at = der;
		request = d2i_X509_REQ(NULL, &at, (long)len);
	}
	if (request == NULL || X509_REQ_get0_pubkey(request) == NULL)
		return err_set(ret_err, ERR_key_question, "our own CSR cannot be read");
	if (EVP_PKEY_eq(X509_REQ_get0_pubkey(request), X509_get0_pubkey(leaf)) != 1)
		return err_set(ret_err, ERR_chain_other_key, NULL);
	return true;
}

/* ---- Is the leaf for our names? -------------------------------------------- */

static bool
is_wanted(const char *const *names, const char *name)
{
	for (size_t i = 0; names[i] != NULL; i++)
		if (strcasecmp(names[i], name) == 0)
			return true;
	return false;
}

/* The text of a string without NUL or other surprises, in the arena; or NULL. */
static const char *
plain_text(struct arena *a, const ASN1_STRING *s)
{
	const unsigned char *bytes = ASN1_STRING_get0_data(s);
	int len = ASN1_STRING_length(s);

	for (int i = 0; i < len; i++)
		if (bytes[i] <= ' ' || bytes[i] > '~')
			return NULL;
	return len > 0 ? arena_strndup(a, (const char *)bytes, (size_t)len) : NULL;
}

static bool
has_alt_name(const GENERAL_NAMES *list, const char *name)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(list); i++) {
		const ASN1_STRING *s = sk_GENERAL_NAME_value(list, i)->d.dNSName;

		if ((size_t)ASN1_STRING_length(s) == strlen(name) &&
		    strncasecmp((const char *)ASN1_STRING_get0_data(s), name, strlen(name)) == 0)
			return true;
	}
	return false;
}

static bool
check_common_name(struct arena *a, const X509 *leaf, const char *const *names, struct err *ret_err)
{
	const X509_NAME *subject = X509_get_subject_name(leaf);

	for (int at = -1; (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0;) {
		const char *text = plain_text(a,
		    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));

		if (text == NULL || !is_wanted(names, text))
			return err_set(ret_err, ERR_chain_common_name, NULL);
	}
	return true;
}

static bool
check_names(struct arena *a, const X509 *leaf, const char *const *names, struct err *ret_err)
{
	int critical;
	auto_general_names *list = X509_get_ext_d2i(leaf, NID_subject_alt_name, &critical, NULL);

	if (list == NULL)
		return err_set(ret_err, ERR_chain_names, "it has no subjectAltName");
	for (int i = 0; i < sk_GENERAL_NAME_num(list); i++) {
		const GENERAL_NAME *one = sk_GENERAL_NAME_value(list, i);
		const char *text;

		if (one->type != GEN_DNS)
			return err_set(ret_err, ERR_chain_name_kind, NULL);
		text = plain_text(a, one->d.dNSName);
		if (text == NULL)
			return err_set(ret_err, ERR_chain_name_kind, "it holds an unprintable character");
		if (!is_wanted(names, text))
			return err_set(ret_err, ERR_chain_names, "it is for a name more");
	}
	for (size_t i = 0; names[i] != NULL; i++)
		if (!has_alt_name(list, names[i]))
			return err_set(ret_err, ERR_chain_names, arena_printf(a, "it lacks %s", names[i]));
	return check_common_name(a, leaf, names, ret_err);
}

/* ---- May the leaf be used, and now? ---------------------------------------- */

/* -1: before 1970, or not of the form that RFC 5280 §4.1.2.5 asks for, which
 * is all that clients read (ASN1_TIME_to_tm reads more). */
static int64_t
seconds_of(const ASN1_TIME *t)
{
	time_t any = 0;
	struct tm when;

	if (X509_cmp_time(t, &any) == 0 || ASN1_TIME_to_tm(t, &when) != 1)
		return -1;
	return (int64_t)timegm(&when);
}

static bool
check_dates(const struct chain *c, int64_t now, struct err *ret_err)
{
	for (size_t i = 0; i < c->count; i++) {
		int64_t from = seconds_of(X509_get0_notBefore(c->list[i]));
		int64_t until = seconds_of(X509_get0_notAfter(c->list[i]));

		if (from < 0 || until <= from ||
		    (i == 0 && until - from > (int64_t)CHAIN_MAX_DAYS * SECONDS_A_DAY))
			return err_set(ret_err, ERR_chain_lifetime, NULL);
		if (from > now + CLOCK_TOLERANCE)
			return err_set(ret_err, ERR_chain_not_yet_valid, NULL);
		if (until <= now)
			return err_set(ret_err, ERR_chain_expired, NULL);
	}
	return true;
}

static bool
check_usage(X509 *leaf, struct err *ret_err)
{
	uint32_t flags = X509_get_extension_flags(leaf);

	if (flags & EXFLAG_CA)
		return err_set(ret_err, ERR_chain_leaf_is_ca, NULL);
	/* Signed by itself or by a CA of its name: nobody can verify it. */
	if (X509_NAME_cmp(X509_get_subject_name(leaf), X509_get_issuer_name(leaf)) == 0)
		return err_set(ret_err, ERR_chain_not_authority, "the certificate is its own issuer");
	if ((flags & EXFLAG_XKUSAGE) && !(X509_get_extended_key_usage(leaf) & XKU_SSL_SERVER))
		return err_set(ret_err, ERR_chain_key_usage, "extendedKeyUsage lacks serverAuth");
	/* TLS 1.3, and every ECDHE suite before it, signs. */
	if ((flags & EXFLAG_KUSAGE) && !(X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE))
		return err_set(ret_err, ERR_chain_key_usage, "keyUsage lacks digitalSignature");
	return true;
}

/* RFC 5280 §4.1.2.2: positive, and at most 20 octets. */
static bool
check_serial(const X509 *leaf, struct err *ret_err)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(leaf);
	auto_bignum *n = ASN1_INTEGER_to_BN(serial, NULL);

	if (n == NULL || BN_is_negative(n) || BN_is_zero(n) || ASN1_STRING_length(serial) > 20)
		return err_set(ret_err, ERR_chain_serial, NULL);
	return true;
}

/* ---- Does each certificate verify the one before it? ----------------------- */

static bool
check_links(const struct chain *c, struct err *ret_err)
{
	for (size_t i = 1; i < c->count; i++) {
		X509 *subject = c->list[i - 1], *issuer = c->list[i];

		if (X509_NAME_cmp(X509_get_issuer_name(subject), X509_get_subject_name(issuer)) != 0)
			return err_set(ret_err, ERR_chain_order, NULL);
		if (!(X509_get_extension_flags(issuer) & EXFLAG_CA) ||
		    !(X509_get_key_usage(issuer) & KU_KEY_CERT_SIGN))
			return err_set(ret_err, ERR_chain_not_authority, NULL);
		if (X509_verify(subject, X509_get0_pubkey(issuer)) != 1)
			return err_set(ret_err, ERR_chain_broken, NULL);
	}
	return true;
}

/* ---- What is worth knowing of it? ------------------------------------------ */

static const char *
hex(struct arena *a, const unsigned char *bytes, size_t len)
{
	char *text = arena_alloc(a, 2 * len + 1);

	for (size_t i = 0; i < len; i++) {
		text[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
		text[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
	}
	return text;
}

static const char *
issuer_text(struct arena *a, const X509 *leaf)
{
	static const int kinds[] = { NID_organizationName, NID_commonName };
	const X509_NAME *name = X509_get_issuer_name(leaf);

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		int at = X509_NAME_get_index_by_NID(name, kinds[i], -1);
		unsigned char *utf8 = NULL;
		char *text;
		int len;

		if (at < 0)
			continue;
		len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
		if (len < 0)
			continue;
		text = arena_strndup(a, (const char *)utf8, (size_t)len);
		OPENSSL_free(utf8);
		for (char *p = text; *p != '\0'; p++)
			if ((unsigned char)*p < ' ' || *p == 0x7f)
				*p = ' ';
		return text;
	}
	return "";
}

static void
gather_facts(struct arena *a, const struct chain *c, struct chain_facts *ret)
{
	const X509 *leaf = c->list[0];
	const ASN1_INTEGER *serial = X509_get0_serialNumber(leaf);
	auto_bignum *n = ASN1_INTEGER_to_BN(serial, NULL);
	unsigned char hash[SHA256_DIGEST_LENGTH];
	char *decimal = BN_bn2dec(n);

	assert(decimal != NULL);
	SHA256(c->blocks[0].der, c->blocks[0].len, hash);
	*ret = (struct chain_facts){
		.serial_number = arena_strdup(a, decimal),
		.serial_hex = hex(a, ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial)),
		.not_before = seconds_of(X509_get0_notBefore(leaf)),
		.not_after = seconds_of(X509_get0_notAfter(leaf)),
		.issuer = issuer_text(a, leaf),
		.signature = signature_name(leaf),
		.key_type = key_type(leaf),
		.sha256 = hex(a, hash, sizeof hash),
		.pem = pem_join(a, c->blocks, c->count),
		.count = c->count,
	};
	OPENSSL_free(decimal);
}

bool
chain_check(struct arena *a, const char *pem, const char *csr, const char *const *names, int64_t now,
    struct chain_facts *ret, struct err *ret_err)
{
	auto_chain c = { 0 };

	if (!read_chain(a, pem, &c, ret_err) ||
	    !check_strength(&c, ret_err) ||
	    !check_key(a, c.list[0], csr, ret_err) ||
	    !check_names(a, c.list[0], names, ret_err) ||
	    !check_dates(&c, now, ret_err) ||
	    !check_usage(c.list[0], ret_err) ||
	    !check_serial(c.list[0], ret_err) ||
	    !check_links(&c, ret_err))
		return false;
	gather_facts(a, &c, ret);
	return true;
}
