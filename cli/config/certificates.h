// The certificates that the watch shows and trusts, and when each of them expires.
//
// Threading: pure functions; read_certificate() blocks for a file.
// Ownership: return new values.
// Units:     wall time.
// Errors:    read_certificate() says why there is none to read.
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
  bool is_authority = false;  // a bundle: it serves for as long as one of it is valid
};

struct Certificate {
  std::string path;
  std::string use;
  WallTime not_before{};
  WallTime not_after{};
  bool operator==(const Certificate&) const = default;
};

// In a chain, the first certificate counts: it is the one that clients are shown. In a bundle of
// authorities, the one that is valid for longest counts.
Result<Certificate> read_certificate(const CertificateFile& file);
// Files that cannot be read are left out.
std::vector<Certificate> read_certificates(const std::vector<CertificateFile>& files);

// The certificates that receivers are reached with.
std::vector<CertificateFile> certificate_files(const AlertConfig& alerts);

// From so long before its end a certificate is a problem.
inline constexpr Duration kCertificateNotice = std::chrono::hours(24 * 14);

bool is_expired(const Certificate& certificate, WallTime now);
// "the certificate /etc/rollcall/web.crt (HTTP server) expires in 9 days, on
// 2026-01-05T08:00:00.000Z; renew it"; "": it is valid for longer than kCertificateNotice.
std::string trouble_of(const Certificate& certificate, WallTime now);

}  // namespace rollcall::cli
