#include "engine/base/address.h"

#include <gtest/gtest.h>

namespace rollcall {
namespace {

Address at(const char* text) {
  return Address::parse(text).value();
}

TEST(Address, PrintsWhatItParsed) {
  for (const char* text : {"0.0.0.0", "10.0.42.1", "255.255.255.255", "::", "::1", "2001:db8::42",
                           "2001:db8:0:1:ffff:ffff:ffff:ffff"}) {
    EXPECT_EQ(at(text).to_string(), text);
  }
}

TEST(Address, RefusesWhatIsNotOneSpelling) {
  for (const std::string& text :
       {std::string(""), std::string("10.0.0"), std::string("10.0.0.256"), std::string("010.0.0.1"),
        std::string("1.2.3.4 "), std::string("1.2.3.4\0", 8), std::string("::ffff:10.0.0.1"),
        std::string("fe80::1%eth0"), std::string(200, '1')}) {
    EXPECT_FALSE(Address::parse(text)) << text;
  }
}

TEST(Address, OrdersByValueWithIPv4BelowGlobalIPv6) {
  EXPECT_LT(at("9.255.255.255"), at("10.0.0.0"));
  EXPECT_LT(at("10.0.0.9"), at("10.0.0.10"));
  EXPECT_LT(at("255.255.255.255"), at("2001:db8::"));
}

TEST(Address, AddsAcrossTheHalves) {
  EXPECT_EQ(at("10.0.0.255").plus(1), at("10.0.1.0"));
  EXPECT_EQ(at("2001:db8::ffff:ffff:ffff:ffff").plus(1), at("2001:db8:0:1::"));
}

TEST(AddressRange, CountsItsAddresses) {
  EXPECT_EQ((AddressRange{at("10.0.0.1"), at("10.0.0.1")}).size(), 1u);
  EXPECT_EQ((AddressRange{at("10.0.0.0"), at("10.15.255.255")}).size(), 1u << 20);
  EXPECT_EQ((AddressRange{at("2001:db8::ffff:ffff:ffff:ffff"), at("2001:db8:0:1::")}).size(), 2u);
  EXPECT_EQ((AddressRange{at("::"), at("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")}).size(),
            UINT64_MAX);
}

TEST(RangeOfPrefix, ClearsAndSetsTheHostBits) {
  struct Case {
    const char* network;
    int bits;
    const char* expected;
  };
  for (const auto& [network, bits, expected] : {
           Case{"10.0.42.7", 24, "10.0.42.0-10.0.42.255"},
           Case{"10.0.42.7", 32, "10.0.42.7"},
           Case{"10.1.2.3", 0, "0.0.0.0-255.255.255.255"},
           Case{"2001:db8::42", 120, "2001:db8::-2001:db8::ff"},
           Case{"2001:db8::42", 64, "2001:db8::-2001:db8::ffff:ffff:ffff:ffff"},
           Case{"2001:db8::42", 48, "2001:db8::-2001:db8:0:ffff:ffff:ffff:ffff:ffff"},
           Case{"2001:db8::42", 128, "2001:db8::42"},
       }) {
    EXPECT_EQ(range_of_prefix(at(network), bits).to_string(), expected);
  }
}

}  // namespace
}  // namespace rollcall
