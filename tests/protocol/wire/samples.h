// One message of every type, always the same bytes: tests/vectors/messages.hex holds them, PROTOCOL.md prints them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "protocol/wire/messages.h"
#include "protocol/wire/ticket.h"
#include "tests/support/builders.h"

namespace budstikke::tests {

inline Seed seed_of(std::uint8_t number) {
  Seed seed;
  seed.bytes.fill(number);
  return seed;
}

// The founder, its network, a newcomer with a ticket, and a log of the founder.
struct Samples {
  SigningKey founder = SigningKey::from_seed(seed_of(1));
  TransportKey founder_transport = TransportPair::from_secret(seed_of(2)).public_key;
  SigningKey recovery = SigningKey::from_seed(seed_of(3));
  SigningKey newcomer = SigningKey::from_seed(seed_of(4));
  TransportKey newcomer_transport = TransportPair::from_secret(seed_of(5)).public_key;
  Seed ticket_seed = seed_of(6);
  FoundOperation found = make_found();
  NetworkId network = id_of(found.charter);
  LogId log{founder.public_key(), Incarnation{0x0102030405060708}, LogClass::Data};
  Bytes first = make_body("Mette Hansen", Head{});
  Head first_head = head_after(first, Head{});
  Bytes second = make_body("Ali Yilmaz", first_head);
  Head second_head = head_after(second, first_head);

  std::vector<std::pair<std::string, Message>> messages() const {
    const NetworkSummary summary{network, numbered<DigestTag>(0x11), numbered<DigestTag>(0x22), numbered<DigestTag>(0x33)};
    Hello hello;
    hello.store = numbered<StoreId>(0x44);
    hello.nonce = numbered<Nonce>(0x55);
    hello.time = WallTime{1'760'000'002'000};
    hello.networks = {in_full(summary),
                      {numbered<NetworkTag>(0xa1), numbered<DigestTag>(0x66), std::nullopt, std::nullopt},
                      {numbered<NetworkTag>(0xa2), numbered<DigestTag>(0x77), numbered<DigestTag>(0x88), std::nullopt}};
    hello.signature = founder.sign(Purpose::Hello, hello_message(hello, {}, founder_transport, newcomer_transport));
    const LogId forked{newcomer.public_key(), Incarnation{9}, LogClass::Data};
    const VectorMessage vector{
        network,
        LogClass::Data,
        true,
        {{log, {{Seq{2}, second_head.id}}}, {forked, {{Seq{7}, numbered<EntryId>(0x66)}, {Seq{7}, numbered<EntryId>(0x77)}}}}};
    const RunMessage run{network, log, Seq{1}, 2, second_head.id, founder.sign(Purpose::Entry, second_head.id), first};
    const SigningKey ticket_key = ticket_signing_key(ticket_seed);
    JoinMessage join{network, ticket_key.public_key(), newcomer.public_key(), newcomer_transport, {}, {}};
    join.ticket_signature = ticket_key.sign(Purpose::Admission, admission_message(network, join.member, join.transport));
    join.certificate = newcomer.sign(Purpose::Certificate, certificate_message(network, join.transport));
    return {
        {"hello", hello},
        {"vector", vector},
        {"want", WantMessage{network, {{log, Seq{2}}}}},
        {"run", run},
        {"part", PartMessage{second}},
        {"done", DoneMessage{network}},
        {"credit", CreditMessage{262'144}},
        {"summary", SummaryMessage{{summary}}},
        {"join", join},
        {"admitted", AdmittedMessage{network, encode(MembershipOperation(found))}},
        {"refused", RefusedMessage{Refusal::TicketUsed}},
        {"ask values", AskValuesMessage{network, {{log, Seq{2}, second_head.id, 0}, {log, Seq{1}, first_head.id, 0}}}},
        {"values", ValuesMessage{network,
                                 {{ValuesPresence::Here, encode_values(numbered<Salt>(0x99), {Value("Ali Yilmaz")})},
                                  {ValuesPresence::Erased}}}},
        {"buckets", BucketsMessage{network, std::vector<DigestTag>(kBuckets, numbered<DigestTag>(0xb0))}},
        {"bucket", BucketMessage{network, 0x5d, true, {{numbered<RecordId>(0x5d), numbered<DigestTag>(0xb1)}}}},
        {"level", LevelMessage{{{tag_of(network), level_of(summary)}}}},
        {"short run", ShortRunMessage{tag_of(network), log, Seq{2}, run.signature, second}},
        {"clock", ClockMessage{WallTime{1'760'000'003'000}}},
        {"have", HaveMessage{network, {{log, Seq{2}}, {forked, Seq{7}}}}},
        {"graft", GraftMessage{network, {{log, Seq{1}}}}},
        {"prune", PruneMessage{network, {{log, Seq{2}}}}},
        {"crowded", CrowdedMessage{}},
        {"holders", HoldersMessage{tag_of(network), level_of(summary), {0x05, 0x80}}},
        {"store", StoreMessage{newcomer.public_key(), numbered<StoreId>(0x45), numbered<StoreId>(0x44)}},
    };
  }

  Ticket ticket() const {
    return {ticket_seed, network, WallTime{1'760'604'800'000}, {{founder_transport, "node.example.dk:7420"}}, "Region Øst"};
  }

 private:
  FoundOperation make_found() const {
    FoundOperation operation;
    operation.charter = {recovery.public_key(), founder.public_key(), WallTime{1'760'000'000'000}, numbered<Nonce>(0x88)};
    operation.recovery_signature = recovery.sign(Purpose::Charter, encode(operation.charter));
    operation.transport = founder_transport;
    operation.certificate = founder.sign(Purpose::Certificate, certificate_message(id_of(operation.charter), founder_transport));
    return operation;
  }
  Bytes make_body(const std::string& name, const Head& head) const {
    Skeleton skeleton{{council_of(founder.public_key()), 2, numbered<Nonce>(name.size() > 10 ? 0xa1 : 0xa2)},
                      {{2, OperationClass::Write}}};
    const ChangeBytes change{encode(skeleton), encode_values(numbered<Salt>(0x99), {Value(name)})};
    Result<Bytes> body = encode_body(head, LogClass::Data, WallTime{1'760'000'001'000}, {&change, 1});
    require(body.ok(), "a sample that does not fit");
    return *body;
  }
  Head head_after(const Bytes& body, const Head& head) const {
    EntryView entry;
    ByteReader reader(body);
    require(parse_entry(reader, LogClass::Data, entry).ok(), "a sample that cannot be read");
    Result<Head> next = extend(network, log, head, entry);
    require(next.ok(), "a sample that does not follow");
    return *next;
  }
};

}  // namespace budstikke::tests
