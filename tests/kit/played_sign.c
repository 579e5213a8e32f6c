/* Keys and certificates for played CAs.  See played_sign.h. */
#include "tests/kit/played_sign.h"

#include <assert.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "acme/openssl.h"
#include "base/b64.h"

enum { FROM_2025 = 1735689600, UNTIL_2045 = 2366841600 };

static EVP_PKEY *authority_key, *customer_keys[2];	/* P-256 first */
static X509 *authority;
static char *authority_pem;
static int64_t serial = 1000;

static void
must(bool ok)
{
	assert(ok);
}

EVP_PKEY *
sign_key(const char *type)
{
	bool is_rsa = strcmp(type, "rsa2048") == 0;

	if (customer_keys[is_rsa] == NULL)
		customer_keys[is_rsa] = is_rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
	return customer_keys[is_rsa];
}

static void
set_dates(X509 *cert, int64_t from, int64_t until)
{
	must(ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)from) != NULL &&
	    ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)until) != NULL);
}

static void
extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	must(extension != NULL && X509_add_ext(cert, extension, -1) == 1);
	X509_EXTENSION_free(extension);
}

static char *
pem_of(X509 *cert)
{
	auto_bio *out = BIO_new(BIO_s_mem());
	char *bytes, *text;
	long len;

	must(PEM_write_bio_X509(out, cert) == 1);
	len = BIO_get_mem_data(out, &bytes);
	text = xcalloc((size_t)len + 1, 1);
	memcpy(text, bytes, (size_t)len);
	return text;
}

static void
make_authority(void)
{
	X509_NAME *name;

	authority_key = EVP_EC_gen("P-256");
	authority = X509_new();
	name = X509_get_subject_name(authority);
	must(authority_key != NULL && X509_set_version(authority, X509_VERSION_3) == 1);
	must(ASN1_INTEGER_set_int64(X509_get_serialNumber(authority), 1) == 1);
	must(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)"Played", -1, -1, 0) == 1);
	must(X509_set_issuer_name(authority, name) == 1 && X509_set_pubkey(authority, authority_key) == 1);
	set_dates(authority, FROM_2025, UNTIL_2045);
	extend(authority, authority, NID_basic_constraints, "critical,CA:TRUE");
	extend(authority, authority, NID_key_usage, "critical,keyCertSign");
	extend(authority, authority, NID_subject_key_identifier, "hash");
	must(X509_sign(authority, authority_key, EVP_sha256()) > 0);
	authority_pem = pem_of(authority);
}

char *
sign_chain(struct arena *arena, EVP_PKEY *key, const char *const *names, int64_t not_before, int64_t not_after)
{
	auto_x509 *leaf = X509_new();
	char *pem, *chain;
	const char *alternatives = "critical";

	if (authority == NULL)
		make_authority();
	for (; *names != NULL; names++)
		alternatives = arena_printf(arena, "%s,DNS:%s", alternatives, *names);
	must(X509_set_version(leaf, X509_VERSION_3) == 1 && X509_set_pubkey(leaf, key) == 1);
	must(ASN1_INTEGER_set_int64(X509_get_serialNumber(leaf), ++serial) == 1);
	must(X509_set_issuer_name(leaf, X509_get_subject_name(authority)) == 1);
	set_dates(leaf, not_before, not_after);
	extend(leaf, authority, NID_key_usage, "critical,digitalSignature");
	extend(leaf, authority, NID_ext_key_usage, "serverAuth");
	extend(leaf, authority, NID_authority_key_identifier, "keyid:always");
	extend(leaf, authority, NID_subject_alt_name, alternatives);
	must(X509_sign(leaf, authority_key, EVP_sha256()) > 0);
	pem = pem_of(leaf);
	chain = arena_printf(arena, "%s%s", pem, authority_pem);
	free(pem);
	return chain;
}

static bool
is_one_of(const char *const *names, const ASN1_STRING *s)
{
	for (; *names != NULL; names++)
		if (strlen(*names) == (size_t)ASN1_STRING_length(s) &&
		    strncasecmp(*names, (const char *)ASN1_STRING_get0_data(s), strlen(*names)) == 0)
			return true;
	return false;
}

static bool
has_names(X509_REQ *request, const char *const *names)
{
	STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(request);
	auto_general_names *list = X509V3_get_d2i(extensions, NID_subject_alt_name, NULL, NULL);
	int count = 0;

	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	while (names[count] != NULL)
		count++;
	if (list == NULL || sk_GENERAL_NAME_num(list) != count)
		return false;
	for (int i = 0; i < count; i++)
		if (!is_one_of(names, sk_GENERAL_NAME_value(list, i)->d.dNSName))
			return false;
	return true;
}

EVP_PKEY *
sign_request_key(const char *csr, const char *const *names)
{
	auto_arena *arena = arena_new(1 << 16);
	auto_request *request = NULL;
	unsigned char *der;
	const unsigned char *at;
	size_t len;

	if (csr == NULL || !b64url_decode(arena, csr, &der, &len))
		return NULL;
	at = der;
	request = d2i_X509_REQ(NULL, &at, (long)len);
	return request != NULL && has_names(request, names) ? X509_REQ_get_pubkey(request) : NULL;
}

int64_t
sign_not_after(const char *chain)
{
	auto_bio *in = BIO_new_mem_buf(chain, -1);
	auto_x509 *leaf = PEM_read_bio_X509(in, NULL, NULL, NULL);
	struct tm when;

	if (leaf == NULL || ASN1_TIME_to_tm(X509_get0_notAfter(leaf), &when) != 1)
		return 0;
	return (int64_t)timegm(&when);
}
