// A PacketSink that records every frame it accepts, and rejects frames as the script says.
#pragma once

#include <deque>
#include <vector>

#include "engine/send/packet_sink.h"

namespace rollcall::fakes {

class RecordingSink final : public send::PacketSink {
 public:
  explicit RecordingSink(bool takes_link_header = true) : takes_link_header_(takes_link_header) {}

  using Bytes = std::vector<std::byte>;

  // One report for each next submit(): the accepted bits of the batch, and the errno for the rest.
  // After the last report the sink accepts every frame.
  std::deque<send::SendReport> script;
  std::vector<Bytes> frames;
  std::vector<std::size_t> batches;

  send::SendReport submit(std::span<const send::Frame> batch) noexcept override {
    send::SendReport report{send::first_bits(batch.size()), 0};
    if (!script.empty()) {
      report = script.front();
      report.accepted &= send::first_bits(batch.size());
      script.pop_front();
    }
    batches.push_back(batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (report.accepted >> i & 1) frames.emplace_back(batch[i].begin(), batch[i].end());
    }
    return report;
  }
  bool takes_link_header() const noexcept override { return takes_link_header_; }
  std::string_view lane() const noexcept override { return "recording"; }

 private:
  bool takes_link_header_;
};

}  // namespace rollcall::fakes
