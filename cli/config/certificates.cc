#include "cli/config/certificates.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

#include "engine/base/text/utc_text.h"
#include "engine/inventory/text/whole_file.h"

namespace rollcall::cli {
namespace {

constexpr std::uint64_t kBytesMax = std::uint64_t{1} << 20;
constexpr int kCertificatesMax = 1000;  // in a bundle

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};

// A certificate cannot hold a year beyond 9999 (RFC 5280 section 4.1.2.5).
std::optional<WallTime> wall_time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  const std::time_t seconds = ::timegm(&parts);
  constexpr std::time_t kLast = 4'102'444'800;  // 2100: 64-bit nanoseconds end in 2262
  return WallTime(std::chrono::seconds(std::min(seconds, kLast)));
}

std::string days_text(Duration length) {
  const auto days = std::chrono::floor<std::chrono::days>(length).count();
  return days == 1 ? "1 day" : fmt::format("{} days", days);
}

}  // namespace

Result<Certificate> read_certificate(const CertificateFile& file) {
  const auto whole = inventory::read_whole(file.path, kBytesMax);
  if (!whole) return std::unexpected(whole.error());
  const std::unique_ptr<BIO, Free> bio(
      BIO_new_mem_buf(whole->text.data(), static_cast<int>(whole->text.size())));
  std::optional<Certificate> chosen;
  const int most = file.is_authority ? kCertificatesMax : 1;
  for (int i = 0; i < most; ++i) {
    const std::unique_ptr<X509, Free> read(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!read) break;
    const auto begin = wall_time_of(X509_get0_notBefore(read.get()));
    const auto end = wall_time_of(X509_get0_notAfter(read.get()));
    if (!begin || !end) continue;
    if (!chosen || *end > chosen->not_after)
      chosen = Certificate{file.path, file.use, *begin, *end};
  }
  ERR_clear_error();  // OpenSSL queues the end of the file as an error
  if (!chosen) return fail(ErrorCode::kInput, file.path + " holds no certificate in PEM");
  return *std::move(chosen);
}

std::vector<Certificate> read_certificates(const std::vector<CertificateFile>& files) {
  std::vector<Certificate> certificates;
  for (const CertificateFile& file : files) {
    // A certificate that cannot be read is reported as a failing receiver or server.
    if (auto read = read_certificate(file)) certificates.push_back(*std::move(read));
  }
  return certificates;
}

std::vector<CertificateFile> certificate_files(const AlertConfig& alerts) {
  std::vector<CertificateFile> files;
  const auto add = [&](const std::string& path, const std::string& receiver, bool is_authority) {
    if (!path.empty()) files.push_back({path, "receiver " + receiver, is_authority});
  };
  const auto add_http = [&](const auto& receivers) {
    for (const auto& receiver : receivers) {
      add(receiver.http.cert_file, receiver.name, false);
      add(receiver.http.ca_file, receiver.name, true);
    }
  };
  add_http(alerts.alertmanagers);
  add_http(alerts.webhooks);
  for (const MailConfig& mail : alerts.mails) add(mail.ca_file, mail.name, true);
  return files;
}

bool is_expired(const Certificate& certificate, WallTime now) {
  return now > certificate.not_after;
}

std::string trouble_of(const Certificate& certificate, WallTime now) {
  const auto text = [&](const std::string& what) {
    return fmt::format("the certificate {} ({}) {}", certificate.path, certificate.use, what);
  };
  if (is_expired(certificate, now)) {
    return text(fmt::format("expired {} ago, on {}: others refuse it. Fix: renew it",
                            days_text(now - certificate.not_after),
                            utc_text(certificate.not_after)));
  }
  if (now < certificate.not_before) {
    return text(fmt::format("is not valid before {}. Fix: check it, and this host's clock",
                            utc_text(certificate.not_before)));
  }
  const Duration left = certificate.not_after - now;
  if (left > kCertificateNotice) return "";
  return text(fmt::format("expires in {}, on {}. Fix: renew it", days_text(left),
                          utc_text(certificate.not_after)));
}

}  // namespace rollcall::cli
