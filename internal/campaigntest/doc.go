// Package campaigntest has campaigns for tests: the documented example, one with
// every field, and changes that leave a campaign valid or make it invalid.
package campaigntest
