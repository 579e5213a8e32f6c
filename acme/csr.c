/* Certificate signing requests for the names of one certificate. */
#include <assert.h>
#include <string.h>
#include "acme/csr.h"
#include "acme/openssl.h"
#include "base/name.h"

static bool
has_name(const char *const *names, const char *name)
{
	for (size_t i = 0; names[i] != NULL; i++)
		if (name_equal(names[i], name))
			return true;
	return false;
}

static bool
check_names(struct arena *a, const char *const *names, const char *common_name, struct err *ret_err)
{
	size_t count = 0;

	for (; names[count] != NULL; count++) {
		const char *same = name_canonical(a, names[count],
		    (struct name_rules){ .wildcard = true }, NULL);

		if (same == NULL || strcmp(same, names[count]) != 0)
			return err_set(ret_err, ERR_key_question, "a name is not a canonical DNS name");
	}
	if (count == 0 || count > CSR_MAX_NAMES)
		return err_set(ret_err, ERR_key_question, "it needs 1 to 100 names");
	/* ub-common-name of RFC 5280 appendix A.1 */
	if (common_name != NULL && strlen(common_name) > 64)
		return err_set(ret_err, ERR_key_question, "the common name is over 64 characters");
	if (common_name != NULL && !has_name(names, common_name))
		return err_set(ret_err, ERR_key_question, "the common name is not among the names");
	return true;
}

static void
add_alt_names(X509_REQ *request, const char *const *names)
{
	auto_general_names *list = GENERAL_NAMES_new();
	STACK_OF(X509_EXTENSION) *extensions = NULL;
	int ok;

	for (size_t i = 0; names[i] != NULL; i++) {
		GENERAL_NAME *one = GENERAL_NAME_new();
		ASN1_IA5STRING *text = ASN1_IA5STRING_new();

		ok = ASN1_STRING_set(text, names[i], -1);
		assert(ok == 1);
		GENERAL_NAME_set0_value(one, GEN_DNS, text);
		ok = sk_GENERAL_NAME_push(list, one);
		assert(ok > 0);
	}
	/* Not critical, though the subject may be empty: RFC 5280 §4.2.1.6 asks
	 * that of the certificate, which is the CA's business. */
	ok = X509V3_add1_i2d(&extensions, NID_subject_alt_name, list, 0, X509V3_ADD_APPEND);
	assert(ok == 1);
	ok = X509_REQ_add_extensions(request, extensions);
	assert(ok == 1);
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}

bool
csr_make(struct arena *a, EVP_PKEY *key, const char *const *names, const char *common_name,
    unsigned char **ret_der, size_t *ret_len, struct err *ret_err)
{
	auto_request *request = NULL;
	unsigned char *der = NULL;
	int ok, len;

	if (!check_names(a, names, common_name, ret_err))
		return false;
	request = X509_REQ_new();
	assert(request != NULL);
	X509_REQ_set_version(request, X509_REQ_VERSION_1);
	if (common_name != NULL) {
		ok = X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(request), NID_commonName,
		    MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0);
		assert(ok == 1);
	}
	ok = X509_REQ_set_pubkey(request, key);
	assert(ok == 1);
	add_alt_names(request, names);
	ok = X509_REQ_sign(request, key, EVP_sha256());
	assert(ok > 0);
	len = i2d_X509_REQ(request, &der);
	assert(len > 0);
	*ret_der = arena_memdup(a, der, (size_t)len);
	*ret_len = (size_t)len;
	OPENSSL_free(der);
	return true;
}
