// Reads the certificates that the watch shows and trusts, and checks when they expire.
//
// Threading: pure functions; read_certificate() blocks for a file.
// Ownership: return new values.
// Units:     wall time.
// Errors:    read_certificate() says why it found no certificate.
// Cost:      a file of at most 1 MB.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/config/config.h"
#include "engine/base/clock.h"
#include "engine/base/error.h"

namespace rollcall::cli {

struct CertificateFile {
  std::string path;
  std::string use;            // "receiver hook-1"
  bool is_authority = false;  // a bundle: it works while one certificate of it is valid
};

struct Certificate {
  std::string path;
  std::string use;
  WallTime not_before{};
  WallTime not_after{};
  bool operator==(const Certificate&) const = default;
};

// In a chain, the first certificate counts, because clients are shown that one. In a bundle of
// authorities, the certificate that is valid longest counts.
Result<Certificate> read_certificate(const CertificateFile& file);
// Leaves out files that cannot be read.
std::vector<Certificate> read_certificates(const std::vector<CertificateFile>& files);

// The certificate files that connections to receivers use.
std::vector<CertificateFile> certificate_files(const AlertConfig& alerts);

// A certificate is a problem from this time before its end.
inline constexpr Duration kCertificateNotice = std::chrono::hours(24 * 14);

bool is_expired(const Certificate& certificate, WallTime now);
// "the certificate /etc/rollcall/web.crt (HTTP server) expires in 9 days, on
// 2026-01-05T08:00:00.000Z; renew it"; "": it is valid for longer than kCertificateNotice.
std::string trouble_of(const Certificate& certificate, WallTime now);

}  // namespace rollcall::cli
