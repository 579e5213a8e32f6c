#ifndef ACME_OPENSSL_H
#define ACME_OPENSSL_H
/* OpenSSL's objects as locals that free themselves. */
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#define OPENSSL_LOCAL(type, name, free_it)			\
	static inline void					\
	name##_cleanup(type **p)				\
	{							\
		free_it(*p);					\
	}
OPENSSL_LOCAL(EVP_PKEY, pkey, EVP_PKEY_free)
OPENSSL_LOCAL(EVP_MD_CTX, digest, EVP_MD_CTX_free)
OPENSSL_LOCAL(ECDSA_SIG, ecdsa, ECDSA_SIG_free)
OPENSSL_LOCAL(PKCS8_PRIV_KEY_INFO, pkcs8, PKCS8_PRIV_KEY_INFO_free)
OPENSSL_LOCAL(X509, x509, X509_free)
OPENSSL_LOCAL(X509_REQ, request, X509_REQ_free)
OPENSSL_LOCAL(X509_NAME, x509_name, X509_NAME_free)
OPENSSL_LOCAL(GENERAL_NAMES, general_names, GENERAL_NAMES_free)
OPENSSL_LOCAL(BIGNUM, bignum, BN_free)
OPENSSL_LOCAL(BIO, bio, BIO_free_all)
#undef OPENSSL_LOCAL

#define auto_pkey __attribute__((cleanup(pkey_cleanup))) EVP_PKEY
#define auto_digest __attribute__((cleanup(digest_cleanup))) EVP_MD_CTX
#define auto_ecdsa __attribute__((cleanup(ecdsa_cleanup))) ECDSA_SIG
#define auto_pkcs8 __attribute__((cleanup(pkcs8_cleanup))) PKCS8_PRIV_KEY_INFO
#define auto_x509 __attribute__((cleanup(x509_cleanup))) X509
#define auto_request __attribute__((cleanup(request_cleanup))) X509_REQ
#define auto_general_names __attribute__((cleanup(general_names_cleanup))) GENERAL_NAMES
#define auto_bignum __attribute__((cleanup(bignum_cleanup))) BIGNUM
#define auto_bio __attribute__((cleanup(bio_cleanup))) BIO
#define auto_x509_name __attribute__((cleanup(x509_name_cleanup))) X509_NAME
#endif
