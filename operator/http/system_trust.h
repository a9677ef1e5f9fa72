#pragma once

#include <string>
#include <string_view>

namespace tidewright::http {

/// The HTTP library has OpenSSL read the system's certificates for every connection, needed or not: some thirty
/// milliseconds of work. This hides them from it, by this process' environment, and the transport reads them where they
/// are needed. Before the program has threads; the first call counts.
void hideSystemTrust();

/// The file with the system's certificates, or the one that the user has chosen instead.
[[nodiscard]] std::string systemTrustFile();

/// A variable of our environment as a program that we start should have it: with what is hidden from the library.
/// Empty: it should have none.
[[nodiscard]] std::string unhidden(std::string_view variable);

}  // namespace tidewright::http
