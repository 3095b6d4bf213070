// What ThreadSanitizer is not to report: races within a library that was compiled without it, whose
// atomics it therefore does not see.

extern "C" const char* __tsan_default_suppressions();

extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:libcpp-httplib.so\n";
}
