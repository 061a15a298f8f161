// What the tests of edits that were made apart begin with.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "tests/integration/steps.h"

namespace budstikke::tests {

// Two councils and the one line between them, and an event that both may edit.
struct Divided {
  Region region{"Region Nordjylland"};
  NodeUnderTest& thisted = region.add("Thisted Integrationsråd", "council", Reach::BehindProxy);
  NodeUnderTest& morso = region.add("Morsø Integrationsråd", "council", Reach::DialsOnly);
  std::string event =
      add(thisted, "event", {"--title", "Fællesmøde", "--start", "2027-03-31 17:00", "--place", "Ukendt", "--shared", "ja"});

  Divided() { REQUIRE(region.agrees()); }
  std::string at(const NodeUnderTest& node, const std::string& name) const { return field(node, "event", event, name); }
};

}  // namespace budstikke::tests
