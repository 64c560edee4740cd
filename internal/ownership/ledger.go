// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package ownership holds the rule for what changes hands: no plan rejects in one object what another object accepts.
// The Ledger knows nothing of endpoints and accounts but that they have names, and nothing of Terraform; one serves the
// endpoints, another one the accounts. The other files tie it to plans and private state. The package makes no call.
package ownership

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Key names an endpoint, or an account's entry, of a gateway.
type Key struct{ Gateway, ID string }

// Held is how an object holds something by its plan.
type Held struct {
	// Wanted: it is to be accepted, or maybe. A release may reject what is not.
	Wanted bool
	// There: the object's state has it accepted, or on its way there.
	There bool
}

// Way is how an object lets go of something.
type Way int

const (
	// Shrinks: the object stays, and no longer names it.
	Shrinks Way = iota
	// Goes: the object is destroyed.
	Goes
	// Replaced: the object is replaced, and the new one does not name it.
	Replaced
)

// Plan is what one planning of an object declares.
type Plan struct {
	// Owner tells the object from the others.
	Owner string
	// Created: there is no object yet.
	Created bool
	// Holds is what the object has in its plan.
	Holds map[Key]Held
	// Open is the gateway of which it may turn out to hold more, if there is one.
	Open string
	// LetsGo is what the object has in its state and rejects. The value is Held.There.
	LetsGo map[Key]bool
	Way    Way
	// Whole is what it would let go of if it were destroyed.
	Whole map[Key]bool
	// Replaces: it replaces an object, and lets go of what it does not name of Whole.
	Replaces bool
}

// Handover is something that one object lets go of and another one wants accepted.
type Handover struct {
	ID      string
	Way     Way  // of the one that lets go
	Created bool // the one that holds it is
}

// Report is what a declaration meets. IDs are sorted.
type Report struct {
	// Twice are those that another object holds too.
	Twice []string
	// Handovers are from the object to another one, and the other way round.
	Handovers []Handover
	// Excluded are those that the object wants accepted and the gateway's exclusive rule rejects.
	Excluded []string
	// Unsure: somebody lets go of something while not all is known that others hold there.
	Unsure bool
}

// exclusive is a rule that rejects all that it does not declare.
type exclusive struct {
	owner   string
	rejects func(id string) bool
}

type holder struct {
	owner   string
	created bool
	held    Held
}

type leaver struct {
	owner string
	way   Way
	there bool
}

// Ledger is who holds and who lets go of what, in one walk of the CLI. It is safe for concurrent use.
type Ledger struct {
	every string

	mu         sync.Mutex
	applies    bool
	plans      map[string]Plan     // by owner
	again      map[string]struct{} // owners of creations that may be planned once more
	holders    map[Key][]holder
	leavers    map[Key][]leaver
	exclusives map[string]exclusive // by gateway
	placed     map[Key]struct{}
}

// NewLedger makes the ledger of a walk. Whoever holds every, if that is not empty, holds all else on the gateway, until it
// is there itself.
func NewLedger(every string) *Ledger {
	return &Ledger{
		every: every, plans: map[string]Plan{}, again: map[string]struct{}{}, holders: map[Key][]holder{}, leavers: map[Key][]leaver{},
		exclusives: map[string]exclusive{}, placed: map[Key]struct{}{},
	}
}

// Begin tells that the walk is an apply. From then on a release is not reported, since it spares what is held: the CLI
// plans the end of a replaced object after the creation of the new one.
func (l *Ledger) Begin() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.applies = true
}

// Declare replaces what the owner declared before, and reports conflicts. So the second of two that meet reports.
func (l *Ledger) Declare(p Plan) Report {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.plans[p.Owner]
	l.withdraw(before)
	l.withdrawSame(p)
	if p.Replaces {
		p.Whole, p.LetsGo, p.Way = before.Whole, lacking(before.Whole, p.Holds), Replaced
	}
	l.enter(p)
	return l.report(p)
}

func lacking(all map[Key]bool, named map[Key]Held) map[Key]bool {
	rest := map[Key]bool{}
	for key, there := range all {
		if _, ok := named[key]; !ok {
			rest[key] = there
		}
	}
	return rest
}

func (l *Ledger) enter(p Plan) {
	l.plans[p.Owner] = p
	for key, held := range p.Holds {
		l.holders[key] = append(l.holders[key], holder{p.Owner, p.Created, held})
	}
	for key, there := range p.LetsGo {
		l.leavers[key] = append(l.leavers[key], leaver{p.Owner, p.Way, there})
	}
}

func (l *Ledger) withdraw(p Plan) {
	for key := range p.Holds {
		l.holders[key] = slices.DeleteFunc(l.holders[key], func(h holder) bool { return h.owner == p.Owner })
	}
	for key := range p.LetsGo {
		l.leavers[key] = slices.DeleteFunc(l.leavers[key], func(v leaver) bool { return v.owner == p.Owner })
	}
}

// Reread tells that an object which has these in its state was read. A tainted object is planned as a creation, which
// does not tell whose it is; with -minimal-refresh it is planned, read, and planned again.
func (l *Ledger) Reread(keys ...Key) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, key := range keys {
		for _, h := range l.holders[key] {
			if h.created && !l.plans[h.owner].Replaces {
				l.again[h.owner] = struct{}{}
			}
		}
	}
}

// withdrawSame withdraws what a creation declared before it was planned again.
func (l *Ledger) withdrawSame(p Plan) {
	if !p.Created || p.Replaces {
		return
	}
	for owner := range l.again {
		if before := l.plans[owner]; maps.Equal(before.Holds, p.Holds) {
			l.withdraw(before)
			delete(l.plans, owner)
			delete(l.again, owner)
			return
		}
	}
}

func (l *Ledger) report(p Plan) Report {
	var r Report
	for key, held := range p.Holds {
		if slices.ContainsFunc(l.holders[key], func(h holder) bool { return h.owner != p.Owner }) {
			r.Twice = append(r.Twice, key.ID)
		}
		if rule, ok := l.exclusives[key.Gateway]; ok && held.Wanted && rule.rejects(key.ID) {
			r.Excluded = append(r.Excluded, key.ID)
		}
	}
	if !l.applies {
		r.Handovers = append(l.handedOver(p), l.takenOver(p)...)
		r.Unsure = l.unsure(p)
	}
	slices.Sort(r.Twice)
	slices.Sort(r.Excluded)
	slices.SortFunc(r.Handovers, func(a, b Handover) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Way, b.Way)) })
	r.Handovers = slices.CompactFunc(r.Handovers, func(a, b Handover) bool { return a.ID == b.ID && a.Way == b.Way })
	return r
}

// handedOver is what the plan lets go of and others hold.
func (l *Ledger) handedOver(p Plan) (found []Handover) {
	for key, there := range p.LetsGo {
		for _, h := range l.holdersOf(key) {
			if h.owner != p.Owner && meet(h.held, there) {
				found = append(found, Handover{key.ID, p.Way, h.created})
			}
		}
	}
	return found
}

// takenOver is what the plan holds and others let go of.
func (l *Ledger) takenOver(p Plan) (found []Handover) {
	for key, held := range p.Holds {
		for _, left := range l.leaversOf(key, held) {
			for _, v := range l.leavers[left] {
				if v.owner != p.Owner && meet(held, v.there) {
					found = append(found, Handover{left.ID, v.way, p.Created})
				}
			}
		}
	}
	return found
}

// meet tells whether a release would cut off what is held. What nobody has recorded as there, it leaves alone.
func meet(held Held, there bool) bool { return held.Wanted && (held.There || there) }

// holdersOf are those who hold something, and those who hold every other thing.
func (l *Ledger) holdersOf(key Key) []holder {
	found := l.holders[key]
	if l.every == "" || key.ID == l.every {
		return found
	}
	for _, h := range l.holders[Key{key.Gateway, l.every}] {
		if !h.held.There {
			found = append(slices.Clip(found), h)
		}
	}
	return found
}

// leaversOf are the keys that a holder of a key holds and somebody lets go of.
func (l *Ledger) leaversOf(key Key, held Held) []Key {
	if l.every == "" || key.ID != l.every || held.There {
		return []Key{key}
	}
	var keys []Key
	for left, leavers := range l.leavers {
		if left.Gateway == key.Gateway && len(leavers) > 0 {
			keys = append(keys, left)
		}
	}
	return keys
}

// unsure tells whether one lets go of something where another may turn out to hold more.
func (l *Ledger) unsure(p Plan) bool {
	releasing := p.releasing()
	if p.Open == "" && len(releasing) == 0 {
		return false
	}
	for _, other := range l.plans {
		if other.Owner == p.Owner {
			continue
		}
		if other.Open != "" && slices.Contains(releasing, other.Open) || p.Open != "" && slices.Contains(other.releasing(), p.Open) {
			return true
		}
	}
	return false
}

// releasing are the gateways on which a plan lets go of what is there.
func (p Plan) releasing() []string {
	var gateways []string
	for key, there := range p.LetsGo {
		if there && !slices.Contains(gateways, key.Gateway) {
			gateways = append(gateways, key.Gateway)
		}
	}
	return gateways
}

// Held tells whether another owner wants something accepted. A release spares it then.
func (l *Ledger) Held(owner string, key Key) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.holdersOf(key), func(h holder) bool { return h.owner != owner && h.held.Wanted })
}

// Rejected tells whether another owner has something rejected: it holds it so, or lets go of it, and none wants it accepted.
func (l *Ledger) Rejected(owner string, key Key) bool {
	if l.Held(owner, key) {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.holders[key], func(h holder) bool { return h.owner != owner }) ||
		slices.ContainsFunc(l.leavers[key], func(v leaver) bool { return v.owner != owner })
}

// Place tells that an object has these in its state after it was applied.
func (l *Ledger) Place(keys ...Key) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, key := range keys {
		l.placed[key] = struct{}{}
	}
}

// Placed tells whether an object that was applied in this walk has it in its state.
func (l *Ledger) Placed(key Key) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.placed[key]
	return ok
}

// Exclude enters the rule of a gateway in the place of its owner's former one. It returns what others want accepted and the
// rule rejects, sorted, or false if the gateway has another owner's rule. The rule is called while the ledger is locked.
func (l *Ledger) Exclude(owner, gateway string, rejects func(id string) bool) (excluded []string, alone bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if other, ok := l.exclusives[gateway]; ok && other.owner != owner {
		return nil, false
	}
	for g, rule := range l.exclusives {
		if rule.owner == owner {
			delete(l.exclusives, g)
		}
	}
	l.exclusives[gateway] = exclusive{owner, rejects}
	for key, holders := range l.holders {
		wanted := slices.ContainsFunc(holders, func(h holder) bool { return h.held.Wanted })
		if key.Gateway == gateway && wanted && rejects(key.ID) {
			excluded = append(excluded, key.ID)
		}
	}
	slices.Sort(excluded)
	return excluded, true
}

// TokenKey is the private state's key of an object's token, a JSON string. No CLI tells a provider an address; but each
// planning of an object gets its private state, and the second planning of a replacement what the first one left.
const TokenKey = "holder"

// tokenLength makes 50 bits: enough to tell the objects of one configuration apart.
const tokenLength = 10

// NewToken makes the token of an object that is created, imported or moved here.
func NewToken() string { return rand.Text()[:tokenLength] }

// TokenOf makes the token of an object that has none: the same for each planning.
func TokenOf(gateway string, ids []string) string {
	ids = slices.Sorted(slices.Values(ids))
	sum := sha256.Sum256([]byte(gateway + "\n" + strings.Join(ids, "\n")))
	return base32.StdEncoding.EncodeToString(sum[:])[:tokenLength]
}
