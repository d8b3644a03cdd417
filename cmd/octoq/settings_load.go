package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"

	"github.com/octoq/octoq/internal/redisconn"
)

// load merges defaults, the config file, variables and flags, in rising order.
func load(flags *pflag.FlagSet) (*koanf.Koanf, error) {
	k, faults, err := gather(flags)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(faults...); err != nil {
		return nil, usagef("%v", err)
	}
	return k, nil
}

// gather is load that goes on where a setting has a fault, and returns what can be
// read with all faults. An error is one of the flags, or of a file that cannot be
// read at all.
func gather(flags *pflag.FlagSet) (k *koanf.Koanf, faults []error, err error) {
	k = koanf.New(".")
	defaults := map[string]any{}
	for _, s := range settings() {
		defaults[s.name] = s.value
	}
	if err := k.Load(confmap.Provider(defaults, "."), nil); err != nil {
		return nil, nil, fmt.Errorf("load defaults: %w", err)
	}
	fromFile, name, err := loadFile(flags)
	if err != nil {
		return nil, nil, err
	}
	faults = append(checkKeys(fromFile, name), overlay(k, layer{Koanf: fromFile, where: "config file " + name + ": ", called: func(key string) string { return key }})...)
	fromEnv, err := loadEnv()
	if err != nil {
		return nil, nil, err
	}
	faults = append(faults, overlay(k, layer{Koanf: fromEnv, called: func(key string) string { return setting{name: key}.variable() }})...)
	fromFlags, err := loadFlags(flags, k)
	if err != nil {
		return nil, nil, err
	}
	if found := overlay(k, layer{Koanf: fromFlags, empty: true, called: func(key string) string { return "--" + setting{name: key}.flag() }}); len(found) > 0 {
		return nil, nil, usagef("%v", errors.Join(found...))
	}
	return k, faults, nil
}

// loadFlags reads the flags that are settings.
func loadFlags(flags *pflag.FlagSet, below *koanf.Koanf) (*koanf.Koanf, error) {
	k := koanf.New(".")
	p := posflag.ProviderWithFlag(flags, ".", below, func(f *pflag.Flag) (string, any) {
		name := f.Annotations[settingFlag]
		if !f.Changed || name == nil {
			return "", nil
		}
		return name[0], f.Value.String()
	})
	if err := k.Load(p, nil); err != nil {
		return nil, fmt.Errorf("load flags: %w", err)
	}
	if redisconn.HasPassword(k.String("redis_url")) {
		return nil, usagef("--redis-url holds a password, and others on this machine can read the arguments of a process. " +
			"Set OCTOQ_REDIS_URL instead, or OCTOQ_REDIS_URL_FILE to the name of a file that holds the address")
	}
	return k, nil
}

// loadEnv reads the variables. An empty one counts as unset: compose files hand
// all of them on, set or not.
func loadEnv() (*koanf.Koanf, error) {
	k := koanf.New(".")
	p := env.Provider(".", env.Opt{Prefix: envPrefix, TransformFunc: func(name, value string) (string, any) {
		name = strings.ToLower(strings.TrimPrefix(name, envPrefix))
		if value == "" || !known(name) {
			return "", nil
		}
		return name, value
	}})
	if err := k.Load(p, nil); err != nil {
		return nil, fmt.Errorf("load variables: %w", err)
	}
	return k, nil
}

// loadFile reads the config file, if one is named.
func loadFile(flags *pflag.FlagSet) (k *koanf.Koanf, name string, err error) {
	k, name = koanf.New("."), configName(flags)
	if name == "" {
		return k, "", nil
	}
	err = k.Load(file.Provider(name), yaml.Parser())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, name, usagef("config file %s does not exist", name)
	case err != nil:
		return nil, name, usagef("config file %s: %v", name, err)
	}
	return k, name, nil
}

// configName is that of the config file, "" if none is named.
func configName(flags *pflag.FlagSet) string {
	if f := flags.Lookup("config"); f != nil && f.Changed {
		return f.Value.String()
	}
	return os.Getenv(envPrefix + "CONFIG")
}
