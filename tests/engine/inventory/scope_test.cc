#include "engine/inventory/scope.h"

#include <gtest/gtest.h>

#include "inventory_testing.h"

namespace rollcall::inventory {
namespace {

struct ScopeCase {
  std::string_view range;
  std::string_view reason;  // "": may be probed
};

TEST(Scope, RefusesExactlyTheSpecialBlocks) {
  for (const auto& [text, reason] : std::initializer_list<ScopeCase>{
           {"0.0.0.0", "reserved (this network)"},
           {"0.255.255.255", "reserved (this network)"},
           {"1.0.0.0", ""},
           {"10.0.0.0/8", ""},
           {"126.255.255.255", ""},
           {"127.0.0.0", "loopback"},
           {"127.255.255.255", "loopback"},
           {"128.0.0.0", ""},
           {"169.253.255.255", ""},
           {"169.254.0.0/16", "link-local"},
           {"169.255.0.0", ""},
           {"172.16.0.0/12", ""},
           {"192.0.2.0/24", ""},
           {"192.168.0.0/16", ""},
           {"198.18.0.0/15", ""},
           {"223.255.255.255", ""},
           {"224.0.0.0", "multicast"},
           {"239.255.255.255", "multicast"},
           {"240.0.0.0", "reserved"},
           {"255.255.255.254", "reserved"},
           {"255.255.255.255", "broadcast"},
           {"223.255.255.255-224.0.0.0", "multicast"},
           {"126.0.0.0-128.0.0.0", "loopback"},
           {"::", "reserved (unspecified)"},
           {"::1", "loopback"},
           {"::2", "reserved (IPv4-embedded)"},
           {"::2-0:0:0:1::", "reserved (IPv4-embedded)"},
           {"64:ff9b::1", ""},
           {"2001:db8::/32", ""},
           {"fd00::/8", ""},
           {"fe7f:ffff::", ""},
           {"fe80::", "link-local"},
           {"febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link-local"},
           {"fec0::", ""},
           {"ff00::", "multicast"},
           {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast"},
           {"2000::-ffff::", "link-local"},
       }) {
    SCOPED_TRACE(text);
    const auto range = parse_range(text);
    ASSERT_TRUE(range) << range.error().context;
    EXPECT_EQ(refusal(*range).value_or(""), reason);
  }
}

}  // namespace
}  // namespace rollcall::inventory
