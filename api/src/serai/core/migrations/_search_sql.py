"""Search in the database: the words of a text, what a row keeps of them, and what a user's words ask for."""

from __future__ import annotations

_UNSPACED = (
    r"\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF"  # Thai and Lao, Burmese, Khmer
    r"\u3005-\u3007\u3041-\u30FF\u31F0-\u31FF"  # Japanese syllables
    r"\u3400-\u4DBF\u4E00-\u9FFF\uF900-\uFAFF\U00020000-\U000323AF"  # Chinese characters
)

# Bodies are SQL of the standard (`begin atomic`): bound to what they call when they are made, whatever the search path
# is when a backup is read in.
FUNCTIONS = r"""
create function serai_search_words(given text)
  returns table (place bigint, word text, is_unspaced boolean)
  language sql immutable parallel safe
  begin atomic
    select found.place, found.parts[1], found.parts[1] ~ '^[UNSPACED]'
    from regexp_matches(
      regexp_replace(
        translate(
          lower(
            normalize(
              regexp_replace(normalize(left(given, 10000), NFKD), '[\u0300-\u036F]', '', 'g'),
              NFKC
            ) collate pg_catalog.pg_c_utf8
          ),
          'ς',
          'σ'
        ),
        '([UNSPACED]+)',
        ' \1 ',
        'g'
      ),
      '[[:alnum:]UNSPACED]+',
      'g'
    ) with ordinality as found(parts, place);
  end;

comment on function serai_search_words(text) is
  'The words of the first 10,000 letters of a text, small and without accents; what is written without spaces in runs.';

create function serai_search_vector(given text, weight text) returns tsvector
  language sql immutable parallel safe
  begin atomic
    select coalesce(
      string_agg('''' || lexeme.text || ''':' || least(numbered.position, 16383) || weight, ' ')::tsvector,
      ''::tsvector
    )
    from (
      select row_number() over (order by words.place, letters.place) as position, words.is_unspaced, letters.word
      from serai_search_words(given) words
      cross join lateral (
        select place, letter || lead(letter, 1, '') over (order by place) as word
        from unnest(
          case when words.is_unspaced then string_to_array(words.word, null) else array[left(words.word, 64)] end
        ) with ordinality split(letter, place)
      ) letters
    ) numbered
    cross join lateral unnest(
      array[numbered.word]
      || case when not numbered.is_unspaced then ts_lexize('english_stem', numbered.word) end
    ) lexeme(text);
  end;

comment on function serai_search_vector(text, text) is
  'What is kept of a text to be found by: words and their English stems, of writing without spaces every two letters.';

-- A pair of letters may stand between two words, and no row has it then: it may be missing between its neighbours.
create function serai_search_terms(given text)
  returns table (place bigint, needed text, exact text)
  language sql immutable parallel safe
  begin atomic
    select words.place,
           case
             when words.is_unspaced and length(words.word) > 1 then pairs.needed
             when words.is_unspaced then '''' || words.word || ''':*'
             when words.place = words.latest
               then '''' || words.word || ''':*' || coalesce(' | ''' || words.stems[1] || '''', '')
             when words.stems <> '{}' then '''' || words.word || ''' | ''' || words.stems[1] || ''''
           end,
           case
             when words.is_unspaced and length(words.word) > 1 then pairs.exact
             else '''' || words.word || ''''
           end
    from (
      select found.place, left(found.word, 64) as word, found.is_unspaced, max(found.place) over () as latest,
             ts_lexize('english_stem', left(found.word, 64)) as stems
      from (select * from serai_search_words(left(given, 200)) order by place limit 16) found
    ) words
    cross join lateral (
      select string_agg('''' || pair || '''', ' <-> ' order by neighbours.place) as exact,
             string_agg(
               '(''' || pair || '''' || coalesce(' | ''' || before || ''' & ''' || after || '''', '') || ')',
               ' & ' order by neighbours.place
             ) filter (where pair !~ '[的の]') as needed
      from (
        select letters.place, pair,
               substring(lag(pair) over (order by letters.place) from '^[^的の]+$') as before,
               substring(lead(pair) over (order by letters.place) from '^[^的の]+$') as after
        from (
          select split.place, letter || lead(letter) over (order by split.place) as pair
          from unnest(
            case when words.is_unspaced then string_to_array(words.word, null) end
          ) with ordinality split(letter, place)
        ) letters
        where pair is not null
      ) neighbours
    ) pairs;
  end;

comment on function serai_search_terms(text) is
  'What a row must have for each of the first 16 words of 200 letters, and what one has that is written the same.';

create function serai_search_query(given text) returns tsquery
  language sql immutable parallel safe
  begin atomic
    select coalesce(
      string_agg('(' || needed || ')', ' & ' order by place),
      string_agg('(' || exact || ')', ' & ' order by place),
      ''
    )::tsquery
    from serai_search_terms(given);
  end;

comment on function serai_search_query(text) is
  'What finds a row by a user''s words: all of them, the last one also as a beginning; nothing without any word.';

create function serai_search_exact(given text) returns tsquery
  language sql immutable parallel safe
  begin atomic
    select coalesce(string_agg('(' || exact || ')', ' & ' order by place), '')::tsquery
    from serai_search_terms(given);
  end;

comment on function serai_search_exact(text) is 'What a row has that holds a user''s words just as they are written.';
""".replace("UNSPACED", _UNSPACED)

FUNCTIONS_REVERSE = """
drop function serai_search_exact(text);
drop function serai_search_query(text);
drop function serai_search_terms(text);
drop function serai_search_vector(text, text);
drop function serai_search_words(text);
"""
