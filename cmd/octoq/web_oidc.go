package main

import (
	"strings"

	"github.com/knadh/koanf/v2"

	"github.com/octoq/octoq/internal/oidc"
	"github.com/octoq/octoq/internal/web"
)

// oidcOf is the provider that people sign in by, nil where the settings name none.
func oidcOf(k *koanf.Koanf) (*oidc.Provider, error) {
	issuer := k.String("oidc_issuer")
	if issuer == "" {
		return nil, nil //nolint:nilnil // the settings name none
	}
	if k.String("oidc_client_id") == "" {
		return nil, usagef("oidc_issuer (OCTOQ_OIDC_ISSUER) is set: set oidc_client_id (OCTOQ_OIDC_CLIENT_ID), too")
	}
	public := strings.TrimSuffix(k.String("public_url"), "/")
	if public == "" {
		return nil, usagef("oidc_issuer (OCTOQ_OIDC_ISSUER) is set: set public_url (OCTOQ_PUBLIC_URL), too, and have the provider allow PUBLIC_URL%s", web.OIDCCallbackPath)
	}
	rules, err := oidc.ParseRoleRules(k.String("oidc_roles"))
	if err != nil {
		return nil, usagef("oidc_roles (OCTOQ_OIDC_ROLES): %v", err)
	}
	secret, err := valueOrFile(k, "oidc_client_secret")
	if err != nil {
		return nil, err
	}
	p, err := oidc.New(oidc.Config{
		Issuer: issuer, ClientID: k.String("oidc_client_id"), ClientSecret: secret, Redirect: public + web.OIDCCallbackPath,
		Scopes: strings.FieldsFunc(k.String("oidc_scopes"), func(c rune) bool { return c == ',' || c == ' ' }), RoleClaim: k.String("oidc_role_claim"), Roles: rules,
	})
	if err != nil {
		return nil, usagef("oidc_issuer (OCTOQ_OIDC_ISSUER) and public_url (OCTOQ_PUBLIC_URL): %v", err)
	}
	return p, nil
}
