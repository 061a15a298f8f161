#include "tests/bench/contacts.h"

#include "protocol/records/edit.h"
#include "protocol/records/kinds.h"

namespace budstikke::bench {
namespace {

constexpr std::string_view kGiven[] = {"Aisha",    "Bodil", "Cem",    "Dorthe", "Emine",
                                       "Frederik", "Gülay", "Henrik", "Idil",   "Jørgen"};
constexpr std::string_view kFamily[] = {"Andersen", "Yıldız", "Bæk Sørensen", "Hassan", "Christensen", "Osman", "Østergaard"};
constexpr std::string_view kRole[] = {"formand", "næstformand", "sekretær", "integrationskonsulent", "kasserer"};
constexpr std::string_view kTown[] = {"Albertslund", "Brøndby", "Faaborg-Midtfyn", "Høje-Taastrup", "Ishøj", "Sønderborg"};
constexpr std::string_view kStreet[] = {"Rådhuspladsen", "Skolegade", "Vestre Stationsvej", "Æblehaven"};

template <std::size_t N>
std::string one_of(const std::string_view (&choices)[N], Random& random) {
  return std::string(choices[random.below(N)]);
}

}  // namespace

ChangeBytes new_contact(const CouncilId& council, Random& random) {
  const KindInfo& kind = *find_kind(Kind::Contact);
  const auto field = [&](std::string_view name) { return find_field(kind, name)->number; };
  const std::string number = std::to_string(10'000'000 + random.below(90'000'000));
  const std::string town = one_of(kTown, random);
  ChangeBuilder contact({council, static_cast<std::uint8_t>(Kind::Contact), random.fixed<Nonce>()}, nullptr);
  contact.write(field("name"), one_of(kGiven, random) + " " + one_of(kFamily, random));
  contact.write(field("role"), one_of(kRole, random));
  contact.write(field("organisation"), town + " Kommunes Integrationsråd");
  contact.add(field("email"), "kontakt" + number + "@integrationsraad-" + number.substr(0, 4) + ".example.dk");
  contact.add(field("phone"), "+45" + number);
  contact.write(field("address"), one_of(kStreet, random) + " " + std::to_string(1 + random.below(200)) + ", 1. tv., " +
                                      number.substr(4) + " " + town);
  return contact.finish(random.fixed<Salt>());
}

}  // namespace budstikke::bench
