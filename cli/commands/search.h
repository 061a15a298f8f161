// What `search` found, for people.
#pragma once

#include "cli/context.h"

namespace budstikke::cli {

// "K3F9QX  idé: Venskabsfamilier (Ishøj)", and under it the sentence it was found in.
void print_hit(Context& context, const Value& hit);

// Whether people who are asked still want to add what others have tried: shows records of the kind with a title like it. True
// also when there is none, or nobody to ask. False has been reported.
bool confirm_despite_similar(Context& context, const KindInfo& kind, const std::string& title);

}  // namespace budstikke::cli
