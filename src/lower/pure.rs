//! Functions that a body may call in each dialect: what they yield is decided by their arguments alone. Not among them are those that run SQL
//! (`query_to_xml`, `ts_rewrite`), read files, settings, the clock or the login, take random values, call models or other systems, look at other rows
//! (aggregates, windows), or that a database declares itself. Sources: PostgreSQL 17, ch. 9; SQLite, "Built-In Scalar SQL Functions" and "Math";
//! DuckDB 1.4, "Functions"; BigQuery, "GoogleSQL functions".

use crate::ir::Dialect;

/// The same in all dialects that have it.
const COMMON: &str = "abs acos asin atan atan2 ceil ceiling coalesce concat concat_ws cos cosh degrees exp floor greatest if iif ifnull least left length \
    ln log log10 lower lpad ltrim mod nullif pi pow power radians repeat replace reverse right round rpad rtrim sign sin sinh sqrt substr substring tan \
    tanh translate trim trunc upper md5 ascii chr octet_length starts_with regexp_replace regexp_substr regexp_instr date_trunc extract \
    split_part array_length";

const POSTGRES: &str = "array_append array_cat array_dims array_fill array_lower array_ndims array_position array_positions array_prepend \
    array_remove array_replace array_to_json array_to_string array_upper asinh acosh atanh bit_count bit_length btrim cardinality cbrt char_length \
    character_length convert_from convert_to cot date_bin date_part decode div encode erf erfc factorial format gcd get_bit get_byte initcap isfinite \
    json_array_length json_build_array json_build_object json_extract_path json_extract_path_text json_object json_strip_nulls json_typeof \
    jsonb_array_length jsonb_build_array jsonb_build_object jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object jsonb_path_exists \
    jsonb_path_match jsonb_path_query_array jsonb_path_query_first jsonb_pretty jsonb_set jsonb_strip_nulls jsonb_typeof justify_days justify_hours \
    justify_interval lcm make_date make_interval make_time make_timestamp make_timestamptz min_scale normalize num_nonnulls num_nulls overlay position \
    quote_ident quote_literal quote_nullable regexp_count regexp_like regexp_match regexp_split_to_array row_to_json scale set_bit set_byte sha224 sha256 \
    sha384 sha512 string_to_array strpos timezone to_ascii to_bin to_char to_date to_hex to_json to_jsonb to_number to_oct to_timestamp trim_array \
    trim_scale unistr width_bucket";

const SQLITE: &str = "acosh asinh atanh char format glob hex instr json json_array json_array_length json_extract json_insert json_object \
    json_patch json_quote json_remove json_replace json_set json_type json_valid likely likelihood log2 max min octet_length printf quote \
    soundex typeof unhex unicode unlikely zeroblob";

const DUCKDB: &str = "array_append array_cat array_concat array_contains array_extract array_has array_intersect array_position array_prepend \
    array_slice array_to_string base64 bin bit_count bit_length cardinality cbrt contains cot date_add date_diff date_part date_sub datediff datepart \
    datesub datetrunc day dayname dayofmonth dayofweek dayofyear decade decode editdist3 encode ends_with epoch epoch_ms epoch_us era even factorial \
    format from_base64 from_hex gamma gcd greatest_common_divisor hamming hex hour initcap instr isfinite isinf isnan isodow isoyear jaccard \
    jaro_similarity jaro_winkler_similarity json_array json_array_length json_contains json_extract json_extract_string json_keys json_merge_patch \
    json_object json_quote json_structure json_type json_valid julian last_day lcase lcm least_common_multiple levenshtein lgamma list_append list_cat \
    list_concat list_contains list_distinct list_element list_extract list_has list_position list_prepend list_reverse list_slice list_sort list_unique \
    list_value log2 make_date make_time make_timestamp map map_extract map_keys map_values microsecond millennium millisecond minute month monthname \
    nextafter nfc_normalize ord parse_path position prefix printf quarter regexp_extract regexp_extract_all regexp_full_match regexp_matches \
    regexp_split_to_array second sha1 sha256 signbit split str_split str_split_regex strftime string_split string_split_regex string_to_array strip_accents \
    strlen strpos strptime struct_extract struct_pack suffix time_bucket timezone to_base to_base64 to_binary to_days to_hex to_hours to_json \
    to_microseconds to_milliseconds to_minutes to_months to_seconds to_timestamp to_weeks to_years try_strptime typeof ucase unbin unhex unicode url_decode \
    url_encode week weekday weekofyear xor year yearweek";

const BIGQUERY: &str = "array_concat array_first array_last array_reverse array_slice array_to_string asinh acosh atanh bit_count bool byte_length cbrt \
    char_length character_length code_points_to_bytes code_points_to_string contains_substr cot csc date date_add date_diff date_from_unix_date date_sub \
    datetime datetime_add datetime_diff datetime_sub datetime_trunc div edit_distance ends_with farm_fingerprint float64 format format_date \
    format_datetime format_time format_timestamp from_base32 from_base64 from_hex generate_array generate_date_array greatest ieee_divide initcap instr int64 \
    is_inf is_nan json_array json_array_append json_array_insert json_extract json_extract_array json_extract_scalar json_extract_string_array json_keys \
    json_object json_query json_query_array json_remove json_set json_strip_nulls json_type json_value json_value_array justify_days justify_hours \
    justify_interval last_day lax_bool lax_float64 lax_int64 lax_string make_interval normalize normalize_and_casefold parse_bignumeric parse_date \
    parse_datetime parse_json parse_numeric parse_time parse_timestamp range_bucket regexp_contains regexp_extract regexp_extract_all safe_add \
    safe_cast safe_convert_bytes_to_string safe_divide safe_multiply safe_negate safe_subtract sec sech sha1 sha256 sha512 soundex split string strpos time \
    time_add time_diff time_sub time_trunc timestamp timestamp_add timestamp_diff timestamp_micros timestamp_millis timestamp_seconds timestamp_sub \
    timestamp_trunc to_base32 to_base64 to_code_points to_hex to_json to_json_string unicode unix_date unix_micros unix_millis unix_seconds";

/// Whether what a function of this name yields is decided by its arguments alone.
pub(super) fn is_pure(dialect: Dialect, name: &str) -> bool {
    let own = match dialect {
        Dialect::Postgres => POSTGRES,
        Dialect::Sqlite => SQLITE,
        Dialect::DuckDb => DUCKDB,
        Dialect::BigQuery => BIGQUERY,
    };
    COMMON.split_whitespace().chain(own.split_whitespace()).any(|known| known == name)
}
