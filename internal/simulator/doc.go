// Package simulator is a stand-in for the Octopush REST API, with faults on demand.
//
// It answers below /v1/public as the documentation says, or as clients have reported: campaigns on a list or a tag are
// created, computed for a while, sent or cancelled, and money leaves a balance. What the documentation leaves open is
// a setting of [Config]. Each comment that states a fact about the API marks how sure it is: doc (an official page),
// sdk (code that Octopush published), seen (a real answer pasted in public), 3rd (a third party's belief), inferred, or
// unknown.
//
// By default it is lenient where clients could stumble; Config.Strict switches on what Octopush may do instead.
//
// Faults come as shares of all calls ([Shares]) or as rules for chosen calls ([Rule]). A journal records what was really
// carried out, whatever the client saw, so that a campaign created or sent twice can be seen.
//
// Below /_sim/ the same server has endpoints to add rules, read the journal and its statistics, and change strictness,
// credentials and balances. They ask for no credentials and answer to loopback names only: bind the listener to a
// loopback address.
//
// The package imports nothing else of this module, so that it shares no mistake with the client it is meant to test. It
// stores nothing on disk: a new server has forgotten everything.
package simulator
