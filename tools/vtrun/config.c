// SPDX-License-Identifier: GPL-2.0-only
#include "tools/vtrun/config.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define FNV64_BASIS 0xcbf29ce484222325ull
#define FNV64_PRIME 0x100000001b3ull

typedef unsigned __int128 uint128;
static const uint128 fnv128_basis = (uint128)0x6c62272e07bb0142ull << 64 | 0x62b821756295c58dull;
static const uint128 fnv128_prime = (uint128)0x1000000ull << 64 | 0x13b;

static uint64_t fnv1a_add(uint64_t hash, const void *data, size_t bytes)
{
	const uint8_t *byte = data;

	while (bytes--)
		hash = (hash ^ *byte++) * FNV64_PRIME;
	return hash;
}

uint64_t fnv1a(const void *data, size_t bytes)
{
	return fnv1a_add(FNV64_BASIS, data, bytes);
}

__attribute__((format(printf, 3, 4))) static void env_add(struct config *config, const char *key,
							  const char *format, ...)
{
	va_list arguments;
	char *value;

	va_start(arguments, format);
	if (vasprintf(&value, format, arguments) < 0)
		value = NULL;
	va_end(arguments);
	config->env[config->count++] = (struct vts_env){key, value};
}

static void env_add_digest(struct config *config, const char *key, const struct blob *blob)
{
	env_add(config, key, "%016" PRIx64, fnv1a(blob->data, blob->bytes));
}

/** What comes with the guest, in one figure. */
static void modules_add(struct config *config, const struct guest_file *guest)
{
	uint64_t digest = FNV64_BASIS;

	for (size_t i = 0; i < guest->modules; i++) {
		const struct guest_module *module = &guest->module[i];

		digest = fnv1a_add(digest, module->file.data, module->file.bytes);
		digest = fnv1a_add(digest, module->text, strlen(module->text) + 1);
	}
	env_add(config, "initrd_digest", "%016" PRIx64, digest);
}

/** Over keys and values with their terminating zeros, so that no two configurations run together. */
static void config_hash(struct config *config)
{
	uint128 wide = fnv128_basis;

	config->hash = FNV64_BASIS;
	for (size_t i = 0; i < config->count; i++) {
		const char *texts[] = {config->env[i].key, config->env[i].value};

		for (size_t j = 0; j < 2; j++) {
			size_t bytes = strlen(texts[j]) + 1;

			config->hash = fnv1a_add(config->hash, texts[j], bytes);
			for (size_t k = 0; k < bytes; k++)
				wide = (wide ^ (uint8_t)texts[j][k]) * fnv128_prime;
		}
	}
	for (size_t i = 0; i < sizeof(config->uuid); i++)
		config->uuid[i] = (uint8_t)(wide >> 8 * (15 - i));
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int config_make(struct config *config, const struct options *options,
		const struct config_facts *facts, struct vts_error *error)
{
	memset(config, 0, sizeof(*config));
	env_add(config, "vtscope", "%s", VTS_VERSION);
	env_add(config, "engine", "%s", facts->engine);
	env_add(config, "engine_version", "%s", facts->engine_version);
	env_add(config, "cpu", "%s", options->cpu);
	env_add(config, "unit", "%s", facts->unit);
	env_add(config, "hz", "%llu", ENGINE_HZ);
	env_add(config, "paging", "%s", paging_names[options->paging]);
	env_add(config, "io", "%s", options->pv ? "pv" : "trapped");
	env_add(config, "vpid", "%s", options->vpid ? "yes" : "no");
	env_add(config, "ept_pages", "%s", options->ept_pages);
	env_add(config, "mem", "%" PRIu64, options->memory);
	env_add(config, "seed", "%" PRIu64, options->seed);
	env_add(config, "tick", "%" PRIu64, options->tick);
	env_add(config, "idle", "%s", facts->warp ? "warp" : "realtime");
	env_add(config, "count_flushes", "%s", options->count_flushes ? "yes" : "no");
	env_add(config, "track", "%s", options->track);
	env_add(config, "intercept", "%s", options->intercept);
	env_add(config, "repeatable", "%s", facts->repeatable ? "yes" : "no");
	env_add(config, "guest", "%s", base_name(options->guest));
	env_add_digest(config, "guest_digest", &facts->guest->file);
	env_add(config, "args", "%s", facts->args);
	env_add_digest(config, "input_digest", facts->input);
	env_add_digest(config, "vmm_digest", facts->vmm);
	env_add_digest(config, "boot_digest", facts->boot);
	env_add(config, "ept_ad", "%s", options->ept_ad ? "yes" : "no");
	if (facts->compiler && *facts->compiler)
		env_add(config, "compiler", "%s", facts->compiler);
	if (*options->reasons || *options->kinds)
		env_add(config, "filter", "%s%s%s%s%s", *options->reasons ? "only exits of " : "",
			options->reasons, *options->reasons && *options->kinds ? "; " : "",
			*options->kinds ? "only details of " : "", options->kinds);
	if (*options->stacks)
		env_add(config, "stacks", "%s", options->stacks);
	env_add(config, "apicv", "%s", options->apicv ? "yes" : "no");
	if (facts->guest->modules)
		modules_add(config, facts->guest);
	if (facts->disk->bytes)
		env_add(config, "disk", "%" PRIu64 " %s", facts->disk->bytes,
			disk_file_mode(facts->disk));
	for (size_t i = 0; i < config->count; i++) {
		if (!config->env[i].value)
			return error_set(error, "configuration: out of memory: free some");
	}
	config_hash(config);
	return 0;
}

void config_free(struct config *config)
{
	for (size_t i = 0; i < config->count; i++)
		free((char *)config->env[i].value);
	config->count = 0;
}
