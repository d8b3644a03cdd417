package oidc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/octoq/octoq/internal/access"
)

// RoleRule gives a role to those whose role claim has a value.
type RoleRule struct {
	Value string
	Grant access.Grant
}

// ParseRoleRules reads "VALUE=role@account+account,…", as OCTOQ_OIDC_ROLES has it. The
// last = of each part ends the value.
func ParseRoleRules(text string) ([]RoleRule, error) {
	var rules []RoleRule
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		i := strings.LastIndexByte(part, '=')
		if i < 1 {
			return nil, fmt.Errorf("%.80q gives no role: want VALUE=role, or VALUE=role@account+account", part)
		}
		grant, err := access.ParseGrant(strings.TrimSpace(part[i+1:]))
		if err != nil {
			return nil, fmt.Errorf("%.80q: %w", part, err)
		}
		rules = append(rules, RoleRule{Value: strings.TrimSpace(part[:i]), Grant: grant})
	}
	return rules, nil
}

// grantsOf are the roles that values mean. A person has the role of each rule that
// matches: approver and operator do not cover each other.
func grantsOf(rules []RoleRule, values []string) []access.Grant {
	var grants []access.Grant
	for _, r := range rules {
		if slices.Contains(values, r.Value) {
			grants = append(grants, r.Grant)
		}
	}
	return grants
}

// known are the values that a rule knows, each once: a person may be in thousands of
// groups.
func (p *Provider) known(values []string) []string {
	var known []string
	for _, r := range p.config.Roles {
		if slices.Contains(values, r.Value) && !slices.Contains(known, r.Value) {
			known = append(known, r.Value)
		}
	}
	return known
}
