#pragma once

#include <string_view>

namespace tidewright::http {

/// The HTTP library has OpenSSL read the system's certificates for every connection, needed or not: fifty milliseconds
/// of work. This hides them from it, by this process' environment, and the transport reads them where they are needed.
/// Nothing happens where the user has chosen a file. Before the program has threads.
void hideSystemTrust();

/// The variable by which they are hidden; nothing for programs that we start.
inline constexpr std::string_view kHiddenTrust = "SSL_CERT_FILE=/dev/null";

}  // namespace tidewright::http
