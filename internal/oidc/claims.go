package oidc

import (
	"maps"
	"strings"
)

// claims are what a token or the provider says of a person.
type claims map[string]any

// texts are the texts at a path with dots, in a text or lists of them; has is false where
// nothing is there. A claim whose own name has dots is found, too.
func (c claims) texts(path string) (texts []string, has bool) {
	return textsAt(map[string]any(c), path)
}

func textsAt(v any, path string) (texts []string, has bool) {
	switch v := v.(type) {
	case map[string]any:
		return textsIn(v, path)
	case []any:
		for _, item := range v {
			more, there := textsAt(item, path)
			texts, has = append(texts, more...), has || there
		}
		return texts, has || path == ""
	case string:
		if path == "" {
			return []string{v}, true
		}
	}
	return nil, false
}

// textsIn looks for a path in an object, by each beginning of it that is a name there.
func textsIn(object map[string]any, path string) (texts []string, has bool) {
	if path == "" {
		return nil, false
	}
	if v, there := object[path]; there {
		return textsAt(v, "")
	}
	for i := range len(path) {
		if path[i] != '.' {
			continue
		}
		if v, there := object[path[:i]]; there {
			if texts, has = textsAt(v, path[i+1:]); has {
				return texts, true
			}
		}
	}
	return nil, false
}

// under is all claims, those of over where both have one.
func (c claims) under(over claims) claims {
	all := maps.Clone(c)
	maps.Copy(all, over)
	return all
}

// email is the address that the provider has verified, "" if there is none. Some
// providers write true as a text.
func (c claims) email() string {
	const longest = 254
	address, _ := c["email"].(string)
	switch verified := c["email_verified"].(type) {
	case bool:
		if !verified {
			return ""
		}
	case string:
		if !strings.EqualFold(verified, "true") {
			return ""
		}
	default:
		return ""
	}
	if len(address) > longest {
		return ""
	}
	return address
}
