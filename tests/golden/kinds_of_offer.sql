-- offers
SELECT
  (
    SELECT
      '{"edges":' || '[' || COALESCE(
        STRING_AGG(page.list0, ','
        ORDER BY
          page.page_row) FILTER(WHERE
          page.page_row <= 6),
        ''
      ) || ']' || ',"pageInfo":' || '{"hasNextPage":' || CAST((
        COUNT(*) > 6
      ) AS TEXT) || ',"hasPreviousPage":' || CAST((
        FALSE
      ) AS TEXT) || ',"endCursor":' || COALESCE(
        CAST(TO_JSON(
          (
            ARRAY_AGG(page.mark ORDER BY page.page_row DESC) FILTER(WHERE
              page.page_row <= 6)
          )[1]
        ) AS TEXT),
        'null'
      ) || '}' || '}'
    FROM (
      SELECT
        off1.page_row,
        TRANSLATE(
          ENCODE(
            CONVERT_TO(
              '["a3eb2c4567d0",' || CAST(TO_JSON(CAST((
                off1.title
              ) AS TEXT)) AS TEXT) || ',' || CAST(TO_JSON(CAST((
                off1.id
              ) AS TEXT)) AS TEXT) || ']',
              'UTF8'
            ),
            'base64'
          ),
          e'\n',
          ''
        ) AS mark,
        CASE
          WHEN off1.page_row <= 6
          THEN '{"cursor":' || '"' || TRANSLATE(
            ENCODE(
              CONVERT_TO(
                '["a3eb2c4567d0",' || CAST(TO_JSON(CAST((
                  off1.title
                ) AS TEXT)) AS TEXT) || ',' || CAST(TO_JSON(CAST((
                  off1.id
                ) AS TEXT)) AS TEXT) || ']',
                'UTF8'
              ),
              'base64'
            ),
            e'\n',
            ''
          ) || '"' || ',"node":' || CASE off1.kind
            WHEN 'booking_stay'
            THEN '{"__typename":"Stay","title":' || CAST(TO_JSON(off1.title) AS TEXT) || ',"place":' || CASE
              WHEN off1.place_point_latitude IS NULL
              AND off1.place_point_longitude IS NULL
              AND off1.place_city_code IS NULL
              AND off1.place_address IS NULL
              AND off1.place_time_zone IS NULL
              THEN 'null'
              ELSE '{"cityCode":' || COALESCE(CAST(TO_JSON(off1.place_city_code) AS TEXT), 'null') || ',"point":' || CASE
                WHEN off1.place_point_latitude IS NULL AND off1.place_point_longitude IS NULL
                THEN 'null'
                ELSE '{"latitude":' || COALESCE(CAST(TO_JSON(off1.place_point_latitude) AS TEXT), 'null') || '}'
              END || '}'
            END || ',"capacity":' || CAST((
              off1_booking_stay.capacity
            ) AS TEXT) || ',"pricePerNight":' || '{"amount":' || '"' || CAST((
              off1_booking_stay.price_per_night_minor * CASE
                WHEN off1_booking_stay.price_per_night_currency IN (
                  'BHD',
                  'BIF',
                  'CLF',
                  'CLP',
                  'DJF',
                  'GNF',
                  'IQD',
                  'ISK',
                  'JOD',
                  'JPY',
                  'KMF',
                  'KRW',
                  'KWD',
                  'LYD',
                  'OMR',
                  'PYG',
                  'RWF',
                  'TND',
                  'UGX',
                  'UYI',
                  'UYW',
                  'VND',
                  'VUV',
                  'XAF',
                  'XOF',
                  'XPF'
                )
                THEN CASE SERAI_EXPONENT(off1_booking_stay.price_per_night_currency)
                  WHEN 0
                  THEN 1
                  WHEN 3
                  THEN 0.001
                  ELSE 0.0001
                END
                ELSE 0.01
              END
            ) AS TEXT) || '"' || ',"currency":' || '"' || off1_booking_stay.price_per_night_currency || '"' || '}' || ',"bookings":{"totalCount":0}}'
            WHEN 'core_service'
            THEN '{"__typename":"Service","title":' || CAST(TO_JSON(off1.title) AS TEXT) || ',"place":' || CASE
              WHEN off1.place_point_latitude IS NULL
              AND off1.place_point_longitude IS NULL
              AND off1.place_city_code IS NULL
              AND off1.place_address IS NULL
              AND off1.place_time_zone IS NULL
              THEN 'null'
              ELSE '{"cityCode":' || COALESCE(CAST(TO_JSON(off1.place_city_code) AS TEXT), 'null') || ',"point":' || CASE
                WHEN off1.place_point_latitude IS NULL AND off1.place_point_longitude IS NULL
                THEN 'null'
                ELSE '{"latitude":' || COALESCE(CAST(TO_JSON(off1.place_point_latitude) AS TEXT), 'null') || '}'
              END || '}'
            END || ',"unit":' || '"' || CAST((
              off1_core_service.unit
            ) AS TEXT) || '"' || ',"unitPrice":' || '{"amount":' || '"' || CAST((
              off1_core_service.unit_price_minor * CASE
                WHEN off1_core_service.unit_price_currency IN (
                  'BHD',
                  'BIF',
                  'CLF',
                  'CLP',
                  'DJF',
                  'GNF',
                  'IQD',
                  'ISK',
                  'JOD',
                  'JPY',
                  'KMF',
                  'KRW',
                  'KWD',
                  'LYD',
                  'OMR',
                  'PYG',
                  'RWF',
                  'TND',
                  'UGX',
                  'UYI',
                  'UYW',
                  'VND',
                  'VUV',
                  'XAF',
                  'XOF',
                  'XPF'
                )
                THEN CASE SERAI_EXPONENT(off1_core_service.unit_price_currency)
                  WHEN 0
                  THEN 1
                  WHEN 3
                  THEN 0.001
                  ELSE 0.0001
                END
                ELSE 0.01
              END
            ) AS TEXT) || '"' || ',"currency":' || '"' || off1_core_service.unit_price_currency || '"' || '}' || '}'
          END || '}'
        END AS list0
      FROM (
        SELECT
          off1.*,
          ROW_NUMBER() OVER (ORDER BY off1.title COLLATE "C" DESC, off1.id DESC) AS page_row
        FROM (
          SELECT
            off1.*
          FROM core_offer AS off1
          WHERE
            off1.kind IN ('booking_stay', 'core_service')
            AND off1.status = 'PUBLISHED'
            AND EXISTS(
              SELECT
                1
              FROM core_provider AS pro2
              WHERE
                pro2.id = off1.provider_id AND pro2.status = 'APPROVED'
            )
            AND (
              NOT (
                off1.title = ANY(
                  CAST($1 AS TEXT[])
                )
              ) IS TRUE
            )
          ORDER BY
            off1.title COLLATE "C" DESC,
            off1.id DESC
          LIMIT 7
        ) AS off1
      ) AS off1
      LEFT JOIN booking_stay AS off1_booking_stay
        ON off1_booking_stay.id = off1.id
      LEFT JOIN core_service AS off1_core_service
        ON off1_core_service.id = off1.id
    ) AS page
    HAVING
      TRUE
  );
