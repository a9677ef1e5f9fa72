// What the sanitizers report of cpprestsdk and OpenSSL as Debian builds them, and what is no fault of ours.

extern "C" {

// Declared here: the sanitizers call them if they are linked in, and no header announces them.
const char* __lsan_default_suppressions();
const char* __tsan_default_suppressions();

// cpprestsdk's two threads are still there when OpenSSL tidies up at exit, so what OpenSSL keeps for each thread, and
// the end of a task that was just being reported, are left over. A constant amount: repeating the tests adds nothing.
const char* __lsan_default_suppressions() {
  return "leak:libcrypto.so\n"
         "leak:libcpprest.so\n";
}

// The library is not instrumented, so the sanitizer misses the half of its reference counting that happens inside and
// takes the last owner's delete for a race with it; the same with its global scheduler, made once under a lock of its
// own.
const char* __tsan_default_suppressions() {
  return "race:pplx::details::_CancellationTokenCallback\n"
         "race:pplx::_pplx_g_sched_t\n"
         "race:web::http::client::details::asio_context\n";
}

}  // extern "C"
