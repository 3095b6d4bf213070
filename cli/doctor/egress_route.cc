#include "cli/doctor/egress_route.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/send/routing/route_source.h"

namespace rollcall::doctor {
namespace {

// Documentation addresses (RFC 5737, RFC 3849), for route lookups only; no packet goes to them. No
// interface has them, so that the lookup returns the default route.
const Address kAnywhereV4 = Address::from_v4(0xc0000201);
const Address kAnywhereV6 = Address::from_halves(0x20010db800000000, 1);
constexpr std::size_t kHopsNamed = 3;

std::string text_of(const send::NextHop& hop) {
  return fmt::format("{} {}from {}", hop.interface,
                     hop.gateway ? fmt::format("via {} ", hop.gateway->to_string()) : "on-link ",
                     hop.self.to_string());
}

Check check_of(const send::RoutePlan& plan) {
  std::string text;
  for (std::size_t i = 0; i < std::min(plan.hops().size(), kHopsNamed); ++i) {
    text += (i == 0 ? "" : "; ") + text_of(plan.hops()[i]);
  }
  if (plan.hops().size() > kHopsNamed) {
    text += fmt::format("; and {} more", plan.hops().size() - kHopsNamed);
  }
  if (plan.unroutable().empty()) return {Status::kOk, "route", text};
  const send::Unroutable& lost = plan.unroutable().front();
  std::uint64_t targets = 0;
  for (const send::Unroutable& each : plan.unroutable()) targets += each.targets;
  return {Status::kWarn, "route",
          fmt::format("{}; but {} no way, the first ones in {}: {}", text,
                      targets == 1 ? "1 target has" : fmt::format("{} targets have", targets),
                      lost.range.to_string(), lost.reason),
          "ip route get " + lost.range.first.to_string()};
}

EgressRoute no_default(const std::string& why) {
  return {{Status::kWarn, "route", why + "; name targets with -i to see the way to them"}};
}

Result<std::uint32_t> index_of(send::RouteSource& source, const std::string& name) {
  if (name.empty()) return 0;
  const auto interfaces = source.interfaces();
  if (!interfaces) return std::unexpected(interfaces.error());
  const auto found = std::ranges::find(*interfaces, name, &send::Interface::name);
  if (found == interfaces->end()) {
    return fail(ErrorCode::kPath, fmt::format("no interface named {}", name));
  }
  if (!found->up || !found->carrier) {
    return fail(ErrorCode::kPath, fmt::format("{} is down", name));
  }
  return found->index;
}

std::string name_of(send::RouteSource& source, std::uint32_t index) {
  const auto interfaces = source.interfaces();
  if (!interfaces) return "?";
  const auto found = std::ranges::find(*interfaces, index, &send::Interface::index);
  return found == interfaces->end() ? "?" : found->name;
}

Result<void> check_source(send::RouteSource& source, const std::optional<Address>& wanted) {
  const auto addresses = source.addresses();
  if (!addresses) return std::unexpected(addresses.error());
  if (!wanted || std::ranges::find(*addresses, *wanted) != addresses->end()) return {};
  return fail(ErrorCode::kPath,
              fmt::format("{} is not an address of this host", wanted->to_string()));
}

EgressRoute failed(const Error& error) {
  return {{Status::kFail, "route", error.to_string(), "ip -brief address; ip route"}};
}

}  // namespace

EgressRoute find_egress_route(const inventory::TargetTable& table,
                              const send::RouteRequest& request) {
  auto plan = send::plan_routes(table, request);
  if (!plan) return failed(plan.error());
  EgressRoute egress{.check = check_of(*plan), .self = plan->hops().front().self};
  for (const send::NextHop& hop : plan->hops()) {
    if (std::ranges::find(egress.interfaces, hop.interface) == egress.interfaces.end()) {
      egress.interfaces.push_back(hop.interface);
    }
  }
  for (std::uint32_t place = 0; place < table.size(); ++place) {
    const std::uint16_t hop = plan->hop_of({place});
    if (hop != send::RoutePlan::kNoHop && !plan->hops()[hop].gateway) ++egress.on_link;
  }
  egress.plan = std::move(*plan);
  return egress;
}

EgressRoute find_default_egress(const send::RouteRequest& request) {
  auto source = send::open_netlink_routes();
  if (!source) return failed(source.error());
  const auto index = index_of(**source, request.interface);
  if (!index) return failed(index.error());
  if (const auto ours = check_source(**source, request.source); !ours) return failed(ours.error());

  for (const Address& anywhere : {kAnywhereV4, kAnywhereV6}) {
    if (request.source && request.source->is_v4() != anywhere.is_v4()) continue;
    const auto answer = (*source)->route(
        {.destination = anywhere, .source = request.source, .interface_index = *index});
    if (!answer) return failed(answer.error());
    if (answer->kind != send::RouteKind::kUnicast) continue;
    const std::string interface = name_of(**source, answer->interface_index);
    const auto self = request.source ? request.source : answer->source;
    return {.check = {Status::kOk, "route",
                      fmt::format("the default route leaves through {}{}{}", interface,
                                  answer->gateway ? " via " + answer->gateway->to_string() : "",
                                  self ? " from " + self->to_string() : "")},
            .interfaces = {interface},
            .self = self};
  }
  EgressRoute egress = no_default("there is no default route");
  egress.self = request.source;
  return egress;
}

}  // namespace rollcall::doctor
