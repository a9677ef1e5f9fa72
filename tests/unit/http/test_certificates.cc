#include "tests/unit/http/test_certificates.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <memory>
#include <stdexcept>

namespace tidewright::http {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

std::string contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

void extend(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
  if (!extension) throw std::runtime_error("bad extension " + value);
  X509_add_ext(certificate, extension.get(), -1);
}

Identity make(const Identity* authority, const std::string& name, const std::string& alternativeNames) {
  static std::atomic<long> serial{1};
  const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  const Owned<X509> certificate(X509_new());
  X509* raw = certificate.get();
  X509_set_version(raw, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(raw), serial++);
  X509_gmtime_adj(X509_getm_notBefore(raw), -3600);
  X509_gmtime_adj(X509_getm_notAfter(raw), 3600);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(raw), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_pubkey(raw, key.get());

  Owned<X509> issuer;
  Owned<EVP_PKEY> issuerKey;
  if (authority != nullptr) {
    const Owned<BIO> certificatePem(BIO_new_mem_buf(authority->certificate.data(), -1));
    const Owned<BIO> keyPem(BIO_new_mem_buf(authority->key.data(), -1));
    issuer.reset(PEM_read_bio_X509(certificatePem.get(), nullptr, nullptr, nullptr));
    issuerKey.reset(PEM_read_bio_PrivateKey(keyPem.get(), nullptr, nullptr, nullptr));
  }
  X509_set_issuer_name(raw, X509_get_subject_name(issuer ? issuer.get() : raw));
  extend(raw, issuer ? issuer.get() : raw, NID_basic_constraints,
         authority == nullptr ? "critical,CA:TRUE" : "CA:FALSE");
  if (!alternativeNames.empty()) extend(raw, issuer.get(), NID_subject_alt_name, alternativeNames);
  if (X509_sign(raw, issuerKey ? issuerKey.get() : key.get(), EVP_sha256()) == 0) throw std::runtime_error("sign");

  const Owned<BIO> certificateOut(BIO_new(BIO_s_mem()));
  const Owned<BIO> keyOut(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(certificateOut.get(), raw);
  PEM_write_bio_PrivateKey(keyOut.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return {contents(certificateOut.get()), contents(keyOut.get())};
}

}  // namespace

Identity makeAuthority(const std::string& name) { return make(nullptr, name, ""); }

Identity makeIdentity(const Identity& authority, const std::string& name, const std::string& alternativeNames) {
  return make(&authority, name, alternativeNames);
}

}  // namespace tidewright::http
