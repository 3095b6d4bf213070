// Suppresses ThreadSanitizer reports from a library that was compiled without it. ThreadSanitizer
// does not see that library's atomics, so it would report races that do not exist.

extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:libcpp-httplib.so\n";
}
